#include "evaluation/network_weights.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/environment.h"
#include "base/error.h"
#include "plugin/open_module.h"
#include "registry/cache.h"
#include "registry/sha256.h"
#include "weights/torch_file.h"

namespace lama::internal::evaluation {
namespace {

namespace fs = std::filesystem;

/// A published file: its names, the oldest last, and the first hexadecimal digits of the SHA-256
/// for each name.
struct Published {
  std::vector<std::pair<std::string, std::string>> files;
  std::string source;  ///< its published address
};

Published backbone_of(plugin::LpipsNetwork network) {
  const std::string torchvision = "https://download.pytorch.org/models/";
  switch (network) {
    case plugin::LpipsNetwork::vgg:
      return {{{"vgg16-397923af.pth", "397923af"}}, torchvision};
    case plugin::LpipsNetwork::alex:
      return {{{"alexnet-owt-7be5be79.pth", "7be5be79"}, {"alexnet-owt-4df8aa71.pth", "4df8aa71"}},
              torchvision};
    case plugin::LpipsNetwork::squeeze:
      break;
  }
  return {{{"squeezenet1_1-b8a52dc0.pth", "b8a52dc0"}, {"squeezenet1_1-f364aa15.pth", "f364aa15"}},
          torchvision};
}

Published heads_of(plugin::LpipsNetwork network) {
  const std::string source =
      "https://github.com/richzhang/PerceptualSimilarity, lpips/weights/v0.1";
  switch (network) {
    case plugin::LpipsNetwork::vgg:
      return {{{"vgg.pth", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"}},
              source};
    case plugin::LpipsNetwork::alex:
      return {{{"alex.pth", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"}},
              source};
    case plugin::LpipsNetwork::squeeze:
      break;
  }
  return {{{"squeeze.pth", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76"}},
          source};
}

/// EfficientNet-Lite1's.
constexpr const char* kFillsHash = "77cc7160";

Published inception_weights() {
  return {{{"pt_inception-2015-12-05-6726825d.pth", "6726825d"}},
          "https://github.com/mseitzer/pytorch-fid/releases/tag/fid_weights"};
}

/// Finds and opens weight files, and notes missing and unusual ones.
class Opener {
 public:
  explicit Opener(const FeatureNetworkOptions& options)
      : folders_(weight_folders(options)), accept_any_(options.accept_any_weights) {}

  /// The parameters in the file; nothing, with a note, if the file is missing.
  std::optional<plugin::Parameters> open(const std::string& metric, const Published& published) {
    for (const auto& [name, hash] : published.files) {
      for (const fs::path& folder : folders_) {
        std::error_code ignored;
        if (!fs::is_regular_file(folder / name, ignored)) continue;
        check(folder / name, hash);
        return parameters_of(folder / name);
      }
    }
    notes.push_back(fmt::format("{} left out: no {} in {} (published at {})", metric,
                                published.files[0].first, folders_[0].string(), published.source));
    return std::nullopt;
  }

  /// The module; null, with a note, if it is missing.
  const plugin::Module* module(const std::string& metric) {
    try {
      return &plugin::open_module();
    } catch (const Error& error) {
      notes.push_back(fmt::format("{} left out: {}", metric, error.what()));
      return nullptr;
    }
  }

  /// Throws Error, or with accept_any_weights notes it, unless the file's SHA-256 begins with
  /// `expected`.
  void check(const fs::path& path, const std::string& expected) {
    const std::string hash = registry::sha256_of(path);
    if (hash.starts_with(expected)) return;
    if (!accept_any_) {
      throw Error(
          fmt::format("{}: not the published weights, or damaged: its SHA-256 begins with {} and "
                      "not with {}; --accept-weights accepts it",
                      path.string(), hash.substr(0, 8), expected.substr(0, 8)));
    }
    notes.push_back(fmt::format(
        "{}: not the published weights: compare the values only with each other", path.string()));
  }

  std::vector<std::string> notes;

 private:
  static plugin::Parameters parameters_of(const fs::path& path) {
    return [file = weights::open_torch_file(path)](const std::string& name,
                                                   const std::vector<std::int64_t>& shape) {
      const auto found = file->tensors().find(name);
      if (found == file->tensors().end()) {
        throw Error(
            fmt::format("{}: not the weights of this network: no tensor {}", file->name(), name));
      }
      const weights::TensorInfo& info = found->second;
      if (info.shape != shape || !weights::is_floating(info.dtype)) {
        throw Error(fmt::format("{}: not the weights of this network: {} is {} {} and not {}",
                                file->name(), name, weights::name(info.dtype),
                                weights::to_string(info.shape), weights::to_string(shape)));
      }
      return file->read(name);
    };
  }

  std::vector<fs::path> folders_;
  bool accept_any_;
};

}  // namespace

std::vector<fs::path> weight_folders(const FeatureNetworkOptions& options) {
  std::vector<fs::path> folders;
  if (!options.folder.empty()) folders.push_back(options.folder);
  folders.push_back(registry::home() / "evaluation");
  folders.push_back(torch_checkpoints());
  return folders;
}

FeatureNetworks open_networks(const FeatureNetworkOptions& options) {
  Opener opener(options);
  FeatureNetworks networks;
  if (options.lpips) {
    const std::string metric = "LPIPS";
    const auto backbone = opener.open(metric, backbone_of(options.lpips_network));
    const auto heads = backbone ? opener.open(metric, heads_of(options.lpips_network)) : backbone;
    const auto* module = heads ? opener.module(metric) : nullptr;
    if (module != nullptr) {
      networks.lpips = module->make_lpips(options.lpips_network, *backbone, *heads);
    }
  }
  if (options.inception) {
    const std::string metric = "FID, P-IDS and U-IDS";
    const auto parameters = opener.open(metric, inception_weights());
    const auto* module = parameters ? opener.module(metric) : nullptr;
    if (module != nullptr) networks.inception = module->make_inception(*parameters);
  }
  if (!options.fills.empty()) {  // asked for by name: a missing module is an error
    opener.check(options.fills, kFillsHash);
    networks.fills =
        plugin::open_module().make_fill_features(*weights::open_torch_file(options.fills));
  }
  networks.notes = std::move(opener.notes);
  return networks;
}

}  // namespace lama::internal::evaluation

#include "training/loss_networks.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/environment.h"
#include "base/error.h"
#include "weights/torch_file.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResNetPlKey = "losses.resnet_pl.weights_path";

bool propagates_similarity(const LossesConfig& config) {
  return config.distance_weighter.kind == DistanceWeighterConfig::Kind::pps;
}

fs::path vgg19_weights(const LossesConfig& config) {
  fs::path path =
      config.vgg_weights.empty() ? torch_checkpoints() / "vgg19-dcbb9e9d.pth" : config.vgg_weights;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    throw Error(fmt::format(
        "{}: the weights of VGG-19 are not there: put https://download.pytorch.org/models/"
        "vgg19-dcbb9e9d.pth in that place, or say where it is with losses.perceptual.weights_path",
        path.string()));
  }
  return path;
}

/// Adds to an error of a network's weights the key of the config that names them.
template <typename Open>
auto of_key(const char* key, const Open& open) {
  try {
    return open();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", key, error.what()));
  }
}

}  // namespace

void LossNetworks::train(bool training, bool frozen_statistics) {
  if (resnet_pl) resnet_pl->train(training && !frozen_statistics);
}

LossWeights find_loss_weights(const LossesConfig& config) {
  LossWeights files;
  if (config.resnet_pl.weight > 0) {
    files.resnet_pl = of_key(kResNetPlKey, [&config] {
      const fs::path& path = config.resnet_pl_weights_path;
      return config.resnet_pl.efficientnet ? efficientnet_pl_weights(path)
                                           : resnet_pl_weights(path, config.resnet_pl);
    });
  }
  if (config.perceptual_weight > 0 || propagates_similarity(config)) {
    files.vgg19 = vgg19_weights(config);
  }
  return files;
}

LossNetworks open_loss_networks(const LossesConfig& config, const torch::Device& device) {
  const LossWeights files = find_loss_weights(config);
  LossNetworks networks;
  if (!files.resnet_pl.empty()) {
    of_key(kResNetPlKey, [&] {
      const auto file = weights::open_torch_file(files.resnet_pl);
      if (config.resnet_pl.efficientnet) {
        networks.efficientnet_pl = EfficientNetPl(config.resnet_pl.weight, *file);
        networks.efficientnet_pl->to(device);
      } else {
        networks.resnet_pl = ResNetPl(config.resnet_pl, *file);
        networks.resnet_pl->to(device);
      }
    });
  }
  if (files.vgg19.empty()) return networks;
  const auto vgg19 = weights::open_torch_file(files.vgg19);
  if (config.perceptual_weight > 0) {
    networks.perceptual = PerceptualLoss(*vgg19);
    networks.perceptual->to(device);
  }
  if (propagates_similarity(config)) {
    networks.similarity.emplace(config.distance_weighter.pps, *vgg19);
    networks.similarity->network()->to(device);
  }
  return networks;
}

}  // namespace lama::internal::training

#include "weights/generator_names.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace lama::internal::weights {
namespace {

constexpr std::string_view kGenerator = "generator.";

/// The position at which `component` ("generator.") begins in `name` as a whole component.
std::size_t find_component(std::string_view name, std::string_view component,
                           std::size_t from = 0) {
  std::size_t at = name.find(component, from);
  while (at != std::string_view::npos && at > 0 && name[at - 1] != '.') {
    at = name.find(component, at + 1);
  }
  return at;
}

/// The text before "model.<number>.": the first layers of every published generator.
std::optional<std::string> before_layers(std::string_view name) {
  constexpr std::string_view kLayers = "model.";
  for (std::size_t at = find_component(name, kLayers); at != std::string_view::npos;
       at = find_component(name, kLayers, at + 1)) {
    std::size_t end = at + kLayers.size();
    const std::size_t digits = end;
    while (end < name.size() && std::isdigit(static_cast<unsigned char>(name[end])) != 0) ++end;
    if (end > digits && end < name.size() && name[end] == '.')
      return std::string(name.substr(0, at));
  }
  return std::nullopt;
}

/// What a file has below one prefix.
struct Layers {
  std::size_t names = 0;
  bool has_first = false;  ///< tensors of "model.0."
};

/// How much the layers look like a generator's; the greatest does most. A published generator's
/// layer 0 pads and has no tensors, and a discriminator's convolves. Of several, the one whose name
/// says so ("gen_state_dict."); a discriminator is smaller.
std::tuple<bool, bool, std::size_t> likeness(const std::string& prefix, const Layers& layers) {
  return {!layers.has_first, find_component(prefix, "gen") != std::string::npos, layers.names};
}

/// A file seen without the prefix of its generator.
class WithoutPrefix : public TensorFile {
 public:
  WithoutPrefix(std::shared_ptr<const TensorFile> file, std::string prefix)
      : TensorFile(file->name()), file_(std::move(file)), prefix_(std::move(prefix)) {
    for (const auto& [name, info] : file_->tensors()) {
      if (name.starts_with(prefix_)) tensors_[name.substr(prefix_.size())] = info;
    }
  }

 private:
  std::vector<float> load(const std::string& tensor) const override {
    return file_->read(prefix_ + tensor);
  }

  std::shared_ptr<const TensorFile> file_;
  std::string prefix_;
};

}  // namespace

bool names_a_layer(const std::string& name) { return before_layers(name).has_value(); }

std::string generator_prefix(const std::vector<std::string>& names) {
  // Shorter first: a checkpoint that contains another one's name, as an evaluator does, is longer.
  const auto shorter = [](const std::string& a, const std::string& b) {
    return a.size() < b.size() || (a.size() == b.size() && a < b);
  };
  std::optional<std::string> generator;
  std::map<std::string, Layers, decltype(shorter)> found(shorter);
  for (const std::string& name : names) {
    const std::size_t at = find_component(name, kGenerator);
    if (at != std::string::npos) {
      std::string prefix = name.substr(0, at + kGenerator.size());
      if (!generator || shorter(prefix, *generator)) generator = std::move(prefix);
    }
    if (const auto prefix = before_layers(name)) {
      Layers& layers = found[*prefix];
      ++layers.names;
      layers.has_first |= std::string_view(name).substr(prefix->size()).starts_with("model.0.");
    }
  }
  if (generator) {
    // torch.compile and DataParallel put a component of their own after it.
    const auto wrapped = std::find_if(found.begin(), found.end(), [&](const auto& item) {
      return item.first.starts_with(*generator);
    });
    return wrapped != found.end() ? wrapped->first : *generator;
  }
  if (!found.empty()) {
    const auto less = [](const auto& a, const auto& b) {
      return likeness(a.first, a.second) < likeness(b.first, b.second);
    };
    return std::max_element(found.begin(), found.end(), less)->first;
  }
  // Another architecture; DataParallel puts every name below one component.
  constexpr std::string_view kDataParallel = "module.";
  const bool parallel = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.starts_with(kDataParallel);
  });
  return parallel ? std::string(kDataParallel) : std::string();
}

std::shared_ptr<const TensorFile> without_prefix(std::shared_ptr<const TensorFile> file) {
  std::vector<std::string> names;
  for (const auto& [name, info] : file->tensors()) names.push_back(name);
  std::string prefix = generator_prefix(names);
  if (prefix.empty()) return file;
  return std::make_shared<WithoutPrefix>(std::move(file), std::move(prefix));
}

}  // namespace lama::internal::weights

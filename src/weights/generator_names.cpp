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

constexpr std::string_view kLayers = "model.";

/// Whether a layer's number and a dot begin at `at`.
bool has_number(std::string_view name, std::size_t at) {
  const std::size_t digits = at;
  while (at < name.size() && std::isdigit(static_cast<unsigned char>(name[at])) != 0) ++at;
  return at > digits && at < name.size() && name[at] == '.';
}

/// The text before "model.<number>.": the first layers of every published generator.
std::optional<std::string> before_layers(std::string_view name) {
  for (std::size_t at = find_component(name, kLayers); at != std::string_view::npos;
       at = find_component(name, kLayers, at + 1)) {
    if (has_number(name, at + kLayers.size())) return std::string(name.substr(0, at));
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

/// A file's generator seen under its own names.
class OwnNames : public TensorFile {
 public:
  OwnNames(std::shared_ptr<const TensorFile> file, std::string prefix, std::string left_out)
      : TensorFile(file->name()),
        file_(std::move(file)),
        prefix_(std::move(prefix)),
        left_out_(std::move(left_out)) {
    for (const auto& [name, info] : file_->tensors()) {
      if (name.starts_with(prefix_)) tensors_[left_out_ + name.substr(prefix_.size())] = info;
    }
  }

 private:
  std::vector<float> load(const std::string& tensor) const override {
    return file_->read(prefix_ + tensor.substr(left_out_.size()));
  }

  std::shared_ptr<const TensorFile> file_;
  std::string prefix_, left_out_;
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
  // Other names, below a component of DataParallel or torch.compile.
  for (const char* wrapper : {"module.", "_orig_mod."}) {
    const bool wrapped = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return name.starts_with(wrapper);
    });
    if (wrapped) return wrapper;
  }
  return "";
}

std::string left_out(const std::vector<std::string>& names, const std::string& prefix) {
  const bool numbered = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return !name.starts_with(prefix) || has_number(name, prefix.size());
  });
  return numbered ? std::string(kLayers) : std::string();
}

std::shared_ptr<const TensorFile> with_own_names(std::shared_ptr<const TensorFile> file) {
  std::vector<std::string> names;
  for (const auto& [name, info] : file->tensors()) names.push_back(name);
  std::string prefix = generator_prefix(names), missing = left_out(names, prefix);
  if (prefix.empty() && missing.empty()) return file;
  return std::make_shared<OwnNames>(std::move(file), std::move(prefix), std::move(missing));
}

}  // namespace lama::internal::weights

#include "model/generator_config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace lama::model {
namespace {

// A published config.yaml has 4 kB. The bounds below are far beyond any real network and keep
// every size computed from them within 64 bits.
constexpr std::size_t kMaxConfigBytes = 1 << 20;
constexpr int kMaxReferences = 32;
constexpr int kMaxChannels = 1 << 14;

/// One config file: looks values up by their dotted name, through ${...} references.
class ConfigFile {
 public:
  ConfigFile(const std::string& yaml, std::string_view name) : name_(name) {
    try {
      root_ = YAML::Load(yaml);
    } catch (const YAML::Exception& error) {
      fail(fmt::format("line {}: {}", error.mark.line + 1, error.msg));
    }
    if (!root_.IsMap()) fail("not a config file: expected sections such as 'generator:'");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: {}", name_, what));
  }

  /// The scalar at `key`, or an empty string if it is absent or null.
  std::string scalar(const std::string& key) const {
    std::optional<YAML::Node> node = find(key);
    for (int i = 0; i < kMaxReferences; ++i) {
      if (!node || node->IsNull()) return {};
      if (!node->IsScalar()) fail(fmt::format("{}: expected one value", key));
      std::string text = node->Scalar();
      if (!text.starts_with("${") || !text.ends_with('}')) return text;
      const std::string target = text.substr(2, text.size() - 3);
      if (target.starts_with("env:")) {
        const char* value = std::getenv(target.c_str() + 4);  // NOLINT(concurrency-mt-unsafe)
        if (value == nullptr) {
          fail(fmt::format("{}: the environment variable {} is not set", key, target.substr(4)));
        }
        return value;
      }
      node = find(target);
      if (!node) fail(fmt::format("{}: {} leads nowhere", key, text));
    }
    fail(fmt::format("{}: its references run in a circle", key));
  }

  int integer(const std::string& key, int fallback, int low, int high) const {
    const std::string text = scalar(key);
    if (text.empty()) return fallback;
    int value = 0;
    if (!YAML::convert<int>::decode(YAML::Node(text), value) || value < low || value > high) {
      fail(fmt::format("{}: {} is not a whole number from {} to {}", key, text, low, high));
    }
    return value;
  }

  double ratio(const std::string& key) const {
    const std::string text = scalar(key);
    if (text.empty()) return 0;  // the published default of ratio_gin and ratio_gout
    double value = 0;
    if (!YAML::convert<double>::decode(YAML::Node(text), value) || !(value >= 0 && value <= 1)) {
      fail(fmt::format("{}: {} is not a ratio from 0 to 1", key, text));
    }
    return value;
  }

  bool boolean(const std::string& key, bool fallback) const {
    const std::string text = scalar(key);
    if (text.empty()) return fallback;
    bool value = false;
    if (!YAML::convert<bool>::decode(YAML::Node(text), value)) {
      fail(fmt::format("{}: {} is neither true nor false", key, text));
    }
    return value;
  }

  /// Fails if `section` has other keys than `known`: the published generator takes its keys as
  /// arguments and refuses them too, and many change the arithmetic but no tensor's shape.
  void require_known(const std::string& section,
                     std::initializer_list<std::string_view> known) const {
    const std::optional<YAML::Node> node = find(section);
    if (!node || !node->IsMap()) return;
    for (const auto& entry : *node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "(not a name)";
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        fail(fmt::format("{}.{} is not supported", section, key));
      }
    }
  }

  /// True unless `key` is absent or null.
  bool given(const std::string& key) const {
    const std::optional<YAML::Node> node = find(key);
    return node && !node->IsNull();
  }

  /// Fails unless the option at `key` has the only value this program can run.
  void require_off(const std::string& key) const {
    if (boolean(key, false)) fail(fmt::format("{}: true is not supported", key));
  }

 private:
  std::optional<YAML::Node> find(std::string_view key) const {
    YAML::Node node = root_;
    while (true) {
      const std::size_t dot = key.find('.');
      if (!node.IsMap()) return std::nullopt;
      const YAML::Node child = std::as_const(node)[std::string(key.substr(0, dot))];
      if (!child.IsDefined()) return std::nullopt;
      if (dot == std::string_view::npos) return child;
      node.reset(child);
      key.remove_prefix(dot + 1);
    }
  }

  std::string name_;
  YAML::Node root_;
};

OutputActivation output_activation(const ConfigFile& file) {
  const std::string key = "generator.add_out_act";
  const std::string text = file.scalar(key);
  if (text.empty()) return OutputActivation::tanh;  // the published default is True
  if (text == "sigmoid") return OutputActivation::sigmoid;
  if (text == "tanh") return OutputActivation::tanh;
  return file.boolean(key, true) ? OutputActivation::tanh : OutputActivation::none;
}

}  // namespace

GeneratorConfig parse_generator_config(const std::string& yaml, std::string_view name) try {
  const ConfigFile file(yaml, name);
  const std::string kind = file.scalar("generator.kind");
  if (kind.empty()) file.fail("generator.kind is missing: this is not a LaMa training config");
  if (kind != "ffc_resnet") {
    file.fail(fmt::format("generator.kind: {} is not supported, only ffc_resnet", kind));
  }
  GeneratorConfig config;
  config.input_channels = file.integer("generator.input_nc", 4, 1, 64);
  config.output_channels = file.integer("generator.output_nc", 3, 1, 64);
  config.ngf = file.integer("generator.ngf", 64, 1, kMaxChannels);
  config.n_downsampling = file.integer("generator.n_downsampling", 3, 1, 6);
  config.n_blocks = file.integer("generator.n_blocks", 9, 0, 1000);
  config.max_features = file.integer("generator.max_features", 1024, 1, kMaxChannels);
  config.output_activation = output_activation(file);
  if (config.input_channels != 4 || config.output_channels != 3) {
    file.fail(
        fmt::format("generator.input_nc and output_nc: {} and {} are not supported, only 4 "
                    "(red, green, blue, mask) and 3",
                    config.input_channels, config.output_channels));
  }

  // The published generator gives the last down-sampling the residual blocks' ratio_gin as its
  // ratio_gout; everything before it is local.
  config.ratio = file.ratio("generator.resnet_conv_kwargs.ratio_gin");
  if (const double out = file.ratio("generator.resnet_conv_kwargs.ratio_gout");
      out != config.ratio) {
    file.fail(
        fmt::format("generator.resnet_conv_kwargs: ratio_gin {} and ratio_gout {} must be equal",
                    config.ratio, out));
  }
  for (const char* key : {"generator.init_conv_kwargs", "generator.downsample_conv_kwargs"}) {
    for (const char* ratio : {"ratio_gin", "ratio_gout"}) {
      const std::string full = fmt::format("{}.{}", key, ratio);
      if (const double value = file.ratio(full); value != 0) {
        file.fail(fmt::format("{}: {} is not supported, only 0", full, value));
      }
    }
  }
  if (file.boolean("generator.resnet_conv_kwargs.enable_lfu", true)) {
    file.fail("generator.resnet_conv_kwargs.enable_lfu: true (the default) is not supported");
  }
  file.require_off("generator.resnet_conv_kwargs.gated");
  file.require_off("generator.out_ffc");
  if (file.given("generator.spatial_transform_layers")) {
    file.fail("generator.spatial_transform_layers is not supported");
  }
  if (const std::string padding = file.scalar("generator.padding_type");
      !padding.empty() && padding != "reflect") {
    file.fail(fmt::format("generator.padding_type: {} is not supported, only reflect", padding));
  }
  file.require_known("generator",
                     {"kind", "input_nc", "output_nc", "ngf", "n_downsampling", "n_blocks",
                      "max_features", "add_out_act", "padding_type", "init_conv_kwargs",
                      "downsample_conv_kwargs", "resnet_conv_kwargs", "out_ffc", "out_ffc_kwargs",
                      "spatial_transform_layers", "spatial_transform_kwargs"});
  for (const char* section : {"generator.init_conv_kwargs", "generator.downsample_conv_kwargs",
                              "generator.resnet_conv_kwargs"}) {
    file.require_known(section, {"ratio_gin", "ratio_gout", "enable_lfu", "gated"});
  }
  return config;
} catch (const YAML::Exception& error) {
  throw Error(fmt::format("{}: {}", name, error.what()));
}

GeneratorConfig read_generator_config(const std::filesystem::path& config_yaml) {
  const auto bytes = read_file(config_yaml, kMaxConfigBytes);
  return parse_generator_config({bytes.begin(), bytes.end()}, config_yaml.string());
}

std::string to_json(const GeneratorConfig& config) {
  using nlohmann::ordered_json;
  ordered_json generator = {
      {"kind", "ffc_resnet"},
      {"input_nc", config.input_channels},
      {"output_nc", config.output_channels},
      {"ngf", config.ngf},
      {"n_downsampling", config.n_downsampling},
      {"n_blocks", config.n_blocks},
      {"max_features", config.max_features},
  };
  switch (config.output_activation) {
    case OutputActivation::none:
      generator["add_out_act"] = false;
      break;
    case OutputActivation::tanh:
      generator["add_out_act"] = "tanh";
      break;
    case OutputActivation::sigmoid:
      generator["add_out_act"] = "sigmoid";
      break;
  }
  generator["resnet_conv_kwargs"] = {
      {"ratio_gin", config.ratio}, {"ratio_gout", config.ratio}, {"enable_lfu", false}};
  return ordered_json{{"generator", generator}}.dump();
}

}  // namespace lama::model

#include "model/generator_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/similar_name.h"
#include "model/generator.h"

namespace lama::model {
namespace {

// A published config.yaml has 4 kB. The bounds below are far beyond any real network and keep
// every size computed from them within 64 bits.
constexpr std::size_t kMaxConfigBytes = 1 << 20;
constexpr int kMaxReferences = 32;
constexpr int kMaxChannels = 1 << 14;
constexpr int kMaxBlocks = 1000;
constexpr int kMaxDilation = 64;

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

  /// True unless `key` is absent. A null is there, as Python's None is an argument.
  bool given(const std::string& key) const { return find(key).has_value(); }
  bool is_null(const std::string& key) const {
    const std::optional<YAML::Node> node = resolve(key);
    return node && node->IsNull();
  }

  /// The scalar at `key`, or nothing if it is absent or null.
  std::optional<std::string> scalar(const std::string& key) const {
    const std::optional<YAML::Node> node = resolve(key);
    if (!node || node->IsNull()) return std::nullopt;
    if (!node->IsScalar()) fail(fmt::format("{}: expected one value", key));
    return value(key, *node);
  }

  /// A whole number; `fallback` if `key` is absent.
  int integer(const std::string& key, int fallback, int low, int high) const {
    return given(key) ? to_integer(key, scalar(key).value_or("null"), low, high) : fallback;
  }

  /// Whole numbers, ascending. Absent and null mean none.
  std::vector<int> integers(const std::string& key, int low, int high) const {
    const std::optional<YAML::Node> node = resolve(key);
    std::vector<int> values;
    if (!node || node->IsNull()) return values;
    if (!node->IsSequence()) fail(fmt::format("{}: expected a list of whole numbers", key));
    constexpr std::size_t kMost = 10'000;
    for (const auto& item : *node) {
      if (!item.IsScalar()) fail(fmt::format("{}: expected a list of whole numbers", key));
      if (values.size() == kMost) fail(fmt::format("{}: more than {} entries", key, kMost));
      values.push_back(to_integer(key, item.Scalar(), low, high));
    }
    std::sort(values.begin(), values.end());
    return values;
  }

  /// A number; `fallback` if `key` is absent.
  double number(const std::string& key, double fallback, double low, double high) const {
    if (!given(key)) return fallback;
    const std::string text = scalar(key).value_or("null");
    double value = 0;
    if (!YAML::convert<double>::decode(YAML::Node(text), value) ||
        !(value >= low && value <= high)) {
      fail(fmt::format("{}: {} is not a number from {} to {}", key, text, low, high));
    }
    return value;
  }

  /// `fallback` if `key` is absent; null counts as false, as None does.
  bool boolean(const std::string& key, bool fallback) const {
    if (!given(key)) return fallback;
    const std::optional<std::string> text = scalar(key);
    bool value = false;
    if (text && !YAML::convert<bool>::decode(YAML::Node(*text), value)) {
      fail(fmt::format("{}: {} is neither true nor false", key, *text));
    }
    return value;
  }

  /// One of some words; the first if `key` is absent.
  template <typename T>
  T choice(const std::string& key,
           std::initializer_list<std::pair<std::string_view, T>> words) const {
    if (!given(key)) return words.begin()->second;
    const std::string text = scalar(key).value_or("null");
    std::string all;
    for (const auto& [word, value] : words) {
      if (text == word) return value;
      all += (all.empty() ? "" : ", ") + std::string(word);
    }
    fail(fmt::format("{}: {} is not supported, only {}", key, text, all));
  }

  /// Fails if `section` has other keys than `known`: the published generator takes its keys as
  /// arguments and refuses them too, and many change the arithmetic but no tensor's shape.
  void require_known(const std::string& section, std::span<const std::string_view> known) const {
    const std::optional<YAML::Node> node = resolve(section);
    if (!node) return;
    if (!node->IsMap()) fail(fmt::format("{}: expected arguments by name", section));
    for (const auto& entry : *node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "(not a name)";
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::vector<std::string> names(known.begin(), known.end());
      const std::optional<std::string> meant = similar_name(key, names);
      fail(fmt::format("{}.{} is not supported{}", section, key,
                       meant ? fmt::format("; is {} meant?", *meant) : ""));
    }
  }

  /// Fails unless the number at `key`, if it is there, is the only one the published code can run.
  void require_one(const std::string& key) const {
    if (integer(key, 1, 0, kMaxChannels) != 1) {
      fail(fmt::format("{}: {} changes the size of the picture, only 1 does not", key,
                       *scalar(key)));
    }
  }

 private:
  int to_integer(const std::string& key, const std::string& text, int low, int high) const {
    int value = 0;
    if (!YAML::convert<int>::decode(YAML::Node(text), value) || value < low || value > high) {
      fail(fmt::format("{}: {} is not a whole number from {} to {}", key, text, low, high));
    }
    return value;
  }

  /// The value at `key`, after references are followed.
  std::optional<YAML::Node> resolve(const std::string& key) const {
    std::optional<YAML::Node> node = find(key);
    for (int i = 0; i < kMaxReferences; ++i) {
      if (!node || !node->IsScalar()) return node;
      const std::string text = node->Scalar();
      const std::optional<std::string> target = reference(text);
      if (!target || target->starts_with("env:")) return node;
      node = find(*target);
      if (!node) fail(fmt::format("{}: {} leads nowhere", key, text));
    }
    fail(fmt::format("{}: its references run in a circle", key));
  }

  /// a.b.c of ${a.b.c}.
  static std::optional<std::string> reference(const std::string& text) {
    if (!text.starts_with("${") || !text.ends_with('}')) return std::nullopt;
    return text.substr(2, text.size() - 3);
  }

  std::string value(const std::string& key, const YAML::Node& scalar) const {
    const std::string& text = scalar.Scalar();
    const std::optional<std::string> target = reference(text);
    if (!target) return text;
    const char* found = std::getenv(target->c_str() + 4);  // NOLINT(concurrency-mt-unsafe)
    if (found == nullptr) {
      fail(fmt::format("{}: the environment variable {} is not set", key, target->substr(4)));
    }
    return found;
  }

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
  if (!file.given(key)) return OutputActivation::tanh;  // the published default is True
  const std::string text = file.scalar(key).value_or("none");
  if (text == "sigmoid") return OutputActivation::sigmoid;
  if (text == "tanh") return OutputActivation::tanh;
  if (text == "none") return OutputActivation::none;
  bool value = false;
  if (!YAML::convert<bool>::decode(YAML::Node(text), value)) {
    file.fail(fmt::format("{}: {} is not supported, only sigmoid, tanh and false", key, text));
  }
  return value ? OutputActivation::tanh : OutputActivation::none;
}

constexpr std::string_view kTransformKeys[] = {"pad_coef", "angle_init_range", "train_angle"};

SpatialTransformOptions spatial_transform(const ConfigFile& file, const std::string& section) {
  file.require_known(section, kTransformKeys);
  if (!file.boolean(section + ".train_angle", true)) {
    file.fail(section + ".train_angle: false is not supported: the angle is random each time");
  }
  // A border as wide as the map cannot be mirrored.
  return {.pad_coef = file.number(section + ".pad_coef", 0.5, 0, 0.999),
          .angle_init_range = file.number(section + ".angle_init_range", 80, 0, 360)};
}

FourierUnitOptions fourier_unit(const ConfigFile& file, const std::string& section) {
  FourierUnitOptions options;
  const std::string factor = section + ".spatial_scale_factor";
  // Beyond these no map is left, or no memory.
  if (!file.is_null(factor)) options.spatial_scale_factor = file.number(factor, 0, 0.01, 16);
  options.spatial_scale_mode = file.choice<Resampling>(
      section + ".spatial_scale_mode",
      {{"bilinear", Resampling::bilinear}, {"bicubic", Resampling::bicubic}});
  options.spectral_pos_encoding = file.boolean(section + ".spectral_pos_encoding", false);
  options.use_se = file.boolean(section + ".use_se", false);
  static constexpr std::string_view kSeKeys[] = {"reduction"};
  if (const std::string se = section + ".se_kwargs"; !file.is_null(se)) {
    file.require_known(se, kSeKeys);
    options.se_reduction = file.integer(se + ".reduction", 16, 1, kMaxChannels);
  }
  options.ffc3d = file.boolean(section + ".ffc3d", false);
  const std::string norm = section + ".fft_norm";
  options.fft_norm = file.is_null(norm)  // PyTorch's default
                         ? FftNorm::backward
                         : file.choice<FftNorm>(norm, {{"ortho", FftNorm::ortho},
                                                       {"forward", FftNorm::forward},
                                                       {"backward", FftNorm::backward}});
  return options;
}

/// The layer that gets FFC arguments decides which of them are possible.
enum class FfcPlace { init, downsample, block, inline_block };

FfcOptions ffc_options(const ConfigFile& file, const std::string& section, FfcPlace place) {
  std::vector<std::string_view> known = {"ratio_gin",
                                         "ratio_gout",
                                         "enable_lfu",
                                         "gated",
                                         "groups",
                                         "bias",
                                         "dilation",
                                         "use_se",
                                         "ffc3d",
                                         "spatial_scale_factor",
                                         "se_kwargs",
                                         "fft_norm",
                                         "spatial_scale_mode",
                                         "spectral_pos_encoding"};
  if (place != FfcPlace::downsample) known.emplace_back("stride");
  if (place == FfcPlace::init || place == FfcPlace::downsample) {
    known.emplace_back("padding_type");
  } else {
    known.emplace_back("spatial_transform_kwargs");
  }
  if (place == FfcPlace::block) known.emplace_back("inline");
  file.require_known(section, known);

  FfcOptions options;
  options.ratio_gin = file.number(section + ".ratio_gin", 0, 0, 1);
  options.ratio_gout = file.number(section + ".ratio_gout", 0, 0, 1);
  // The key has no meaning where no global channels come in.
  options.enable_lfu = file.boolean(section + ".enable_lfu", true) && options.ratio_gin > 0;
  options.gated = file.boolean(section + ".gated", false);
  options.groups = file.integer(section + ".groups", 1, 1, kMaxChannels);
  options.bias = file.boolean(section + ".bias", false);
  options.fourier_unit = fourier_unit(file, section);
  file.require_one(section + ".stride");
  if (place == FfcPlace::init || place == FfcPlace::downsample) {
    file.require_one(section + ".dilation");
    const Padding padding =
        file.choice<Padding>(section + ".padding_type", {{"reflect", Padding::reflect},
                                                         {"zeros", Padding::zero},
                                                         {"replicate", Padding::replicate},
                                                         {"circular", Padding::circular}});
    if (place == FfcPlace::downsample) options.padding = padding;  // the first pads by nothing
  } else {
    options.dilation = file.integer(section + ".dilation", 1, 1, kMaxDilation);
    const std::string transform = section + ".spatial_transform_kwargs";
    if (file.given(transform) && !file.is_null(transform)) {
      options.spatial_transform = spatial_transform(file, transform);
    }
  }
  if (file.boolean(section + ".inline", false)) {
    file.fail(section + ".inline: true is not supported");
  }
  return options;
}

bool read_bilinear_deconv(const ConfigFile& file) {
  return file.choice<bool>("generator.deconv_kind", {{"convtranspose", false}, {"bilinear", true}});
}

void read_ffc_resnet(const ConfigFile& file, GeneratorConfig& config) {
  static constexpr std::string_view kKnown[] = {"kind",
                                                "input_nc",
                                                "output_nc",
                                                "ngf",
                                                "n_downsampling",
                                                "n_blocks",
                                                "max_features",
                                                "add_out_act",
                                                "padding_type",
                                                "missing_pixels",
                                                "deconv_kind",
                                                "init_conv_kwargs",
                                                "downsample_conv_kwargs",
                                                "resnet_conv_kwargs",
                                                "out_ffc",
                                                "out_ffc_kwargs",
                                                "spatial_transform_layers",
                                                "spatial_transform_kwargs"};
  file.require_known("generator", kKnown);
  config.padding =
      file.choice<Padding>("generator.padding_type", {{"reflect", Padding::reflect},
                                                      {"zeros", Padding::zero},
                                                      {"replicate", Padding::replicate},
                                                      {"circular", Padding::circular}});
  config.bilinear_deconv = read_bilinear_deconv(file);
  config.init = ffc_options(file, "generator.init_conv_kwargs", FfcPlace::init);
  config.downsample = ffc_options(file, "generator.downsample_conv_kwargs", FfcPlace::downsample);
  config.resnet = ffc_options(file, "generator.resnet_conv_kwargs", FfcPlace::block);
  config.spatial_transform_layers =
      file.integers("generator.spatial_transform_layers", 0, kMaxBlocks);
  auto& layers = config.spatial_transform_layers;
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  config.spatial_transform = spatial_transform(file, "generator.spatial_transform_kwargs");
  if (file.boolean("generator.out_ffc", false)) {
    config.out_ffc = ffc_options(file, "generator.out_ffc_kwargs", FfcPlace::inline_block);
  }
}

MultidilationOptions multidilation(const ConfigFile& file) {
  const std::string section = "generator.multidilation_kwargs";
  static constexpr std::string_view kKnown[] = {
      "dilation_num",       "comb_mode", "equal_dim",     "shared_weights", "padding",
      "min_dilation",       "groups",    "use_depthwise", "bias",           "stride",
      "shuffle_in_channels"};
  file.require_known(section, kKnown);
  MultidilationOptions options;
  options.dilation_num = file.integer(section + ".dilation_num", 3, 1, 8);
  options.comb_mode =
      file.choice<CombMode>(section + ".comb_mode", {{"sum", CombMode::sum},
                                                     {"cat_in", CombMode::cat_in},
                                                     {"cat_out", CombMode::cat_out},
                                                     {"cat_both", CombMode::cat_both}});
  options.equal_dim = file.boolean(section + ".equal_dim", true);
  options.shared_weights = file.boolean(section + ".shared_weights", false);
  options.min_dilation = file.integer(section + ".min_dilation", 1, 1, kMaxDilation);
  options.use_depthwise = file.boolean(section + ".use_depthwise", false);
  options.groups = file.integer(section + ".groups", 1, 1, kMaxChannels);
  options.bias = file.boolean(section + ".bias", true);
  file.require_one(section + ".stride");
  file.require_one(section + ".padding");
  if (file.boolean(section + ".shuffle_in_channels", false)) {
    file.fail(section + ".shuffle_in_channels: true is not supported");
  }
  return options;
}

void read_pix2pixhd(const ConfigFile& file, GeneratorConfig& config) {
  const bool global = config.kind == GeneratorKind::pix2pixhd_global;
  std::vector<std::string_view> known = {"kind",
                                         "input_nc",
                                         "output_nc",
                                         "ngf",
                                         "n_downsampling",
                                         "n_blocks",
                                         "max_features",
                                         "add_out_act",
                                         "conv_kind",
                                         "padding_type",
                                         "norm_layer",
                                         "up_norm_layer",
                                         "missing_pixels",
                                         "affine",
                                         "ffc_kwargs",
                                         "ffc_positions",
                                         "multidilation_kwargs"};
  if (global) {
    known.insert(known.end(),
                 {"dilated_blocks_n", "dilated_blocks_n_start", "dilated_blocks_n_middle",
                  "is_resblock_depthwise", "dilation", "second_dilation", "dilation_block_kind"});
  } else {
    known.emplace_back("deconv_kind");
  }
  file.require_known("generator", known);

  Pix2PixHdOptions& options = config.pix2pixhd;
  config.padding =
      global ? file.choice<Padding>("generator.padding_type", {{"reflect", Padding::reflect},
                                                               {"replicate", Padding::replicate},
                                                               {"zero", Padding::zero}})
             : file.choice<Padding>("generator.padding_type", {{"reflect", Padding::reflect},
                                                               {"zeros", Padding::zero},
                                                               {"replicate", Padding::replicate},
                                                               {"circular", Padding::circular}});
  // The published multidilated convolution cannot be the first layer: its branches differ in size.
  options.depthwise =
      file.choice<bool>("generator.conv_kind", {{"default", false}, {"depthwise", true}});
  options.norm = file.choice<NormKind>("generator.norm_layer",
                                       {{"bn", NormKind::batch}, {"in", NormKind::instance}});
  options.up_norm = file.choice<NormKind>("generator.up_norm_layer",
                                          {{"bn", NormKind::batch}, {"in", NormKind::instance}});
  if (file.given("generator.affine") && !file.is_null("generator.affine")) {
    options.affine = file.boolean("generator.affine", true);
  }
  options.ffc_positions = file.integers("generator.ffc_positions", 0, kMaxBlocks);
  if (!options.ffc_positions.empty()) {
    options.ffc = ffc_options(file, "generator.ffc_kwargs", FfcPlace::inline_block);
  }
  options.multidilation = multidilation(file);
  if (!global) {
    config.bilinear_deconv = read_bilinear_deconv(file);
    return;
  }
  const auto count = [&](const char* name) {
    const std::string key = std::string("generator.") + name;
    return file.is_null(key) ? 0 : file.integer(key, 0, 0, 6);  // the last one's dilation is 64
  };
  options.dilated_blocks_n = count("dilated_blocks_n");
  options.dilated_blocks_n_start = count("dilated_blocks_n_start");
  options.dilated_blocks_n_middle = count("dilated_blocks_n_middle");
  options.multidilated_blocks =
      file.choice<bool>("generator.dilation_block_kind", {{"simple", false}, {"multi", true}});
  options.is_resblock_depthwise = file.boolean("generator.is_resblock_depthwise", false);
  options.dilation = file.integer("generator.dilation", 1, 1, kMaxDilation);
  if (const std::string key = "generator.second_dilation"; file.given(key) && !file.is_null(key)) {
    options.second_dilation = file.integer(key, 1, 1, kMaxDilation);
  }
}

}  // namespace

GeneratorConfig parse_generator_config(const std::string& yaml, std::string_view name) try {
  const ConfigFile file(yaml, name);
  if (!file.scalar("generator.kind")) {
    file.fail("generator.kind is missing: this is not a LaMa training config");
  }
  GeneratorConfig config;
  config.kind = file.choice<GeneratorKind>(
      "generator.kind", {{"ffc_resnet", GeneratorKind::ffc_resnet},
                         {"pix2pixhd_global", GeneratorKind::pix2pixhd_global},
                         {"pix2pixhd_multidilated", GeneratorKind::pix2pixhd_multidilated}});
  config.input_channels = file.integer("generator.input_nc", 4, 1, 64);
  config.output_channels = file.integer("generator.output_nc", 3, 1, 64);
  config.ngf = file.integer("generator.ngf", 64, 1, kMaxChannels);
  config.n_downsampling = file.integer("generator.n_downsampling", 3, 0, 6);
  const int blocks = config.kind == GeneratorKind::pix2pixhd_multidilated ? 3 : 9;
  config.n_blocks = file.integer("generator.n_blocks", blocks, 0, kMaxBlocks);
  config.max_features = file.integer("generator.max_features", 1024, 1, kMaxChannels);
  config.output_activation = output_activation(file);
  config.missing_pixels = file.choice<MissingPixels>(
      "generator.missing_pixels",
      {{"zero", MissingPixels::zero}, {"interpolated", MissingPixels::interpolated}});
  if (config.input_channels != 4 || config.output_channels != 3) {
    file.fail(
        fmt::format("generator.input_nc and output_nc: {} and {} are not supported, only 4 "
                    "(red, green, blue, mask) and 3",
                    config.input_channels, config.output_channels));
  }
  if (config.kind == GeneratorKind::ffc_resnet) {
    read_ffc_resnet(file, config);
  } else {
    config.resnet = {};
    read_pix2pixhd(file, config);
  }
  try {
    generator(config);
  } catch (const Error& error) {
    file.fail(error.what());
  }
  return config;
} catch (const YAML::Exception& error) {
  throw Error(fmt::format("{}: {}", name, error.what()));
}

GeneratorConfig read_generator_config(const std::filesystem::path& config_yaml) {
  const auto bytes = read_file(config_yaml, kMaxConfigBytes);
  return parse_generator_config({bytes.begin(), bytes.end()}, config_yaml.string());
}

namespace {

using nlohmann::ordered_json;

std::string_view word(OutputActivation activation) {
  switch (activation) {
    case OutputActivation::none:
      return "none";
    case OutputActivation::tanh:
      return "tanh";
    case OutputActivation::sigmoid:
      return "sigmoid";
  }
  return "";
}

std::string_view word(CombMode mode) {
  switch (mode) {
    case CombMode::sum:
      return "sum";
    case CombMode::cat_in:
      return "cat_in";
    case CombMode::cat_out:
      return "cat_out";
    case CombMode::cat_both:
      return "cat_both";
  }
  return "";
}

/// pix2pixhd_global has its own word for zeros.
std::string_view word(Padding padding, GeneratorKind kind) {
  switch (padding) {
    case Padding::reflect:
      return "reflect";
    case Padding::zero:
      return kind == GeneratorKind::pix2pixhd_global ? "zero" : "zeros";
    case Padding::replicate:
      return "replicate";
    case Padding::circular:
      return "circular";
  }
  return "";
}

/// Sets `key` if `value` differs from the published code's default.
template <typename T>
void set(ordered_json& json, const char* key, const T& value, const T& published) {
  if (!(value == published)) json[key] = value;
}

ordered_json to_json(const SpatialTransformOptions& options) {
  const SpatialTransformOptions usual;
  ordered_json json = {{"pad_coef", options.pad_coef}};
  set(json, "angle_init_range", options.angle_init_range, usual.angle_init_range);
  return json;
}

ordered_json to_json(const FfcOptions& options) {
  const FfcOptions published;
  ordered_json json = {{"ratio_gin", options.ratio_gin},
                       {"ratio_gout", options.ratio_gout},
                       {"enable_lfu", options.enable_lfu}};
  set(json, "gated", options.gated, published.gated);
  set(json, "dilation", options.dilation, published.dilation);
  set(json, "groups", options.groups, published.groups);
  set(json, "bias", options.bias, published.bias);
  if (options.padding != Padding::reflect) {
    json["padding_type"] = word(options.padding, GeneratorKind::ffc_resnet);
  }
  const FourierUnitOptions &unit = options.fourier_unit, &usual = published.fourier_unit;
  set(json, "spatial_scale_factor", unit.spatial_scale_factor, usual.spatial_scale_factor);
  if (unit.spatial_scale_mode == Resampling::bicubic) json["spatial_scale_mode"] = "bicubic";
  set(json, "spectral_pos_encoding", unit.spectral_pos_encoding, usual.spectral_pos_encoding);
  set(json, "use_se", unit.use_se, usual.use_se);
  if (unit.se_reduction != usual.se_reduction) {
    json["se_kwargs"] = {{"reduction", unit.se_reduction}};
  }
  set(json, "ffc3d", unit.ffc3d, usual.ffc3d);
  if (unit.fft_norm != FftNorm::ortho) {
    json["fft_norm"] = unit.fft_norm == FftNorm::forward ? "forward" : "backward";
  }
  if (options.spatial_transform) {
    json["spatial_transform_kwargs"] = to_json(*options.spatial_transform);
  }
  return json;
}

void write_ffc_resnet(ordered_json& json, const GeneratorConfig& config) {
  const FfcOptions none;
  if (!(config.init == none)) json["init_conv_kwargs"] = to_json(config.init);
  if (!(config.downsample == none)) json["downsample_conv_kwargs"] = to_json(config.downsample);
  json["resnet_conv_kwargs"] = to_json(config.resnet);
  set(json, "spatial_transform_layers", config.spatial_transform_layers, {});
  if (!(config.spatial_transform == SpatialTransformOptions())) {
    json["spatial_transform_kwargs"] = to_json(config.spatial_transform);
  }
  if (config.out_ffc) {
    json["out_ffc"] = true;
    json["out_ffc_kwargs"] = to_json(*config.out_ffc);
  }
}

void write_pix2pixhd(ordered_json& json, const GeneratorConfig& config) {
  const Pix2PixHdOptions& options = config.pix2pixhd;
  const Pix2PixHdOptions published;
  json["conv_kind"] = options.depthwise ? "depthwise" : "default";
  if (options.norm == NormKind::instance) json["norm_layer"] = "in";
  if (options.up_norm == NormKind::instance) json["up_norm_layer"] = "in";
  if (options.affine) json["affine"] = *options.affine;
  if (!options.ffc_positions.empty()) {
    json["ffc_positions"] = options.ffc_positions;
    json["ffc_kwargs"] = to_json(options.ffc);
  }
  set(json, "dilated_blocks_n", options.dilated_blocks_n, 0);
  set(json, "dilated_blocks_n_start", options.dilated_blocks_n_start, 0);
  set(json, "dilated_blocks_n_middle", options.dilated_blocks_n_middle, 0);
  if (options.multidilated_blocks) json["dilation_block_kind"] = "multi";
  set(json, "is_resblock_depthwise", options.is_resblock_depthwise, false);
  set(json, "dilation", options.dilation, 1);
  if (options.second_dilation) json["second_dilation"] = *options.second_dilation;
  const MultidilationOptions &multi = options.multidilation, &usual = published.multidilation;
  ordered_json kwargs;
  set(kwargs, "dilation_num", multi.dilation_num, usual.dilation_num);
  if (multi.comb_mode != usual.comb_mode) kwargs["comb_mode"] = word(multi.comb_mode);
  set(kwargs, "equal_dim", multi.equal_dim, usual.equal_dim);
  set(kwargs, "shared_weights", multi.shared_weights, usual.shared_weights);
  set(kwargs, "min_dilation", multi.min_dilation, usual.min_dilation);
  set(kwargs, "use_depthwise", multi.use_depthwise, usual.use_depthwise);
  set(kwargs, "groups", multi.groups, usual.groups);
  set(kwargs, "bias", multi.bias, usual.bias);
  if (!kwargs.empty()) json["multidilation_kwargs"] = kwargs;
}

}  // namespace

std::string to_json(const GeneratorConfig& config) {
  static constexpr std::array<const char*, 3> kKinds = {"ffc_resnet", "pix2pixhd_global",
                                                        "pix2pixhd_multidilated"};
  ordered_json generator = {
      {"kind", kKinds[static_cast<std::size_t>(config.kind)]},
      {"input_nc", config.input_channels},
      {"output_nc", config.output_channels},
      {"ngf", config.ngf},
      {"n_downsampling", config.n_downsampling},
      {"n_blocks", config.n_blocks},
      {"max_features", config.max_features},
  };
  if (config.output_activation == OutputActivation::none) {
    generator["add_out_act"] = false;
  } else {
    generator["add_out_act"] = word(config.output_activation);
  }
  if (config.padding != Padding::reflect) {
    generator["padding_type"] = word(config.padding, config.kind);
  }
  if (config.missing_pixels == MissingPixels::interpolated) {
    generator["missing_pixels"] = "interpolated";
  }
  if (config.bilinear_deconv) generator["deconv_kind"] = "bilinear";
  if (config.kind == GeneratorKind::ffc_resnet) {
    write_ffc_resnet(generator, config);
  } else {
    write_pix2pixhd(generator, config);
  }
  return ordered_json{{"generator", generator}}.dump();
}

GeneratorConfig override_config(const GeneratorConfig& config,
                                std::span<const std::string> overrides) {
  if (overrides.empty()) return config;
  ordered_json json = ordered_json::parse(to_json(config));
  for (const std::string& text : overrides) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(fmt::format("{}: expected KEY=VALUE, such as add_out_act=sigmoid", text));
    }
    std::string path = "/generator/" + text.substr(0, equals);
    std::replace(path.begin(), path.end(), '.', '/');
    const std::string value = text.substr(equals + 1);
    auto parsed = ordered_json::parse(value, nullptr, false);
    try {
      json[ordered_json::json_pointer(path)] = parsed.is_discarded() ? ordered_json(value) : parsed;
    } catch (const ordered_json::exception&) {
      throw Error(fmt::format("{}: no such key", text));
    }
  }
  return parse_generator_config(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace),
                                fmt::format("{}", fmt::join(overrides, " ")));
}

std::string describe(const GeneratorConfig& config) {
  std::string text = config.kind == GeneratorKind::ffc_resnet ? "FFC-ResNet" : "pix2pixHD";
  text += fmt::format(": ngf {}, {} down-samplings, {} blocks", config.ngf, config.n_downsampling,
                      config.n_blocks);
  const auto add = [&](bool there, const std::string& what) {
    if (there) text += ", " + what;
  };
  const auto ffc = [&](const FfcOptions& options) {
    const FourierUnitOptions& unit = options.fourier_unit;
    add(options.ratio_gin > 0, fmt::format("ratio {}", options.ratio_gin));
    add(options.ratio_gin > 0 && options.enable_lfu, "local Fourier units");
    add(options.gated, "gated");
    add(unit.use_se, "squeeze and excitation");
    add(unit.spectral_pos_encoding, "spectral positions");
    add(unit.spatial_scale_factor > 0,
        fmt::format("spectra at scale {}", unit.spatial_scale_factor));
    add(options.dilation > 1, fmt::format("dilation {}", options.dilation));
  };
  const Pix2PixHdOptions& options = config.pix2pixhd;
  switch (config.kind) {
    case GeneratorKind::ffc_resnet:
      ffc(config.resnet);
      add(!config.spatial_transform_layers.empty() || config.resnet.spatial_transform,
          "learnt rotations");
      add(config.out_ffc.has_value(), "an FFC block at the end");
      break;
    case GeneratorKind::pix2pixhd_multidilated:
      add(true, fmt::format("{} dilations each ({})", options.multidilation.dilation_num,
                            word(options.multidilation.comb_mode)));
      break;
    case GeneratorKind::pix2pixhd_global:
      add(options.dilated_blocks_n + options.dilated_blocks_n_start +
                  options.dilated_blocks_n_middle >
              0,
          fmt::format("{} dilated blocks more", options.dilated_blocks_n +
                                                    options.dilated_blocks_n_start +
                                                    options.dilated_blocks_n_middle));
      add(options.dilation > 1, fmt::format("dilation {}", options.dilation));
      break;
  }
  if (config.kind != GeneratorKind::ffc_resnet) {
    add(options.depthwise, "depthwise");
    add(options.norm == NormKind::instance, "instance norm");
    if (!options.ffc_positions.empty()) {
      add(true, "FFC blocks");
      ffc(options.ffc);
    }
  }
  add(true, config.output_activation == OutputActivation::none
                ? "no output activation"
                : std::string(word(config.output_activation)));
  add(config.bilinear_deconv, "bilinear up-sampling");
  add(config.missing_pixels == MissingPixels::interpolated, "missing pixels interpolated");
  return text;
}

}  // namespace lama::model

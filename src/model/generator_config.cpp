#include "model/generator_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "config/interpolation.h"
#include "config/override.h"
#include "model/generator_section.h"

namespace lama::internal::model {

GeneratorConfig parse_generator_config(const std::string& yaml, std::string_view name) {
  const config::Value file = config::parse_yaml(yaml, std::string(name));
  if (file.kind != config::Value::Kind::map) {
    throw Error(file.origin.source + ": not a config file: expected sections such as 'generator:'");
  }
  // The published files have references elsewhere that only resolve on their authors' machines.
  config::Value used{.kind = config::Value::Kind::map, .origin = file.origin};
  if (file.find("generator") != nullptr) {
    used.entry("generator") = config::Interpolation(file).resolved("generator");
  }
  return read_generator_section(used);
}

GeneratorConfig read_generator_config(const std::filesystem::path& config_yaml) {
  const auto bytes = read_file(config_yaml, config::kMaxBytes);
  return parse_generator_config({bytes.begin(), bytes.end()}, config_yaml.string());
}

namespace {

using nlohmann::ordered_json;

std::string_view word(GeneratorKind kind) {
  switch (kind) {
    case GeneratorKind::ffc_resnet:
      return "ffc_resnet";
    case GeneratorKind::pix2pixhd_global:
      return "pix2pixhd_global";
    case GeneratorKind::pix2pixhd_multidilated:
      return "pix2pixhd_multidilated";
  }
  return "";
}

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
  if (!config.spatial_transform_layers.empty()) {
    json["spatial_transform_layers"] = config.spatial_transform_layers;
  }
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
  ordered_json generator = {
      {"kind", word(config.kind)},
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
  config::Value file =
      config::parse_yaml(to_json(config), fmt::format("{}", fmt::join(overrides, " ")));
  for (const std::string& text : overrides) {
    config::Override change = config::parse_override(text);
    change.key = "generator." + change.key;
    config::apply(change, file);
  }
  return read_generator_section(file);
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

}  // namespace lama::internal::model

#include "model/generator_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/not_one_of.h"
#include "config/key_error.h"
#include "config/section.h"
#include "model/architecture.h"
#include "model/multidilation.h"

namespace lama::internal::model {
namespace {

// The bounds are far beyond any real network and keep every size computed from them within 64 bits.
constexpr int kMaxChannels = 1 << 14;
constexpr int kMaxBlocks = 1000;
constexpr int kMaxDilation = 64;

using config::Section;

/// Fails unless the number at `key`, if it is there, is the only one the published code can run.
void require_one(Section& section, const std::string& key) {
  int value = 1;
  section.read(key, value, 0, kMaxChannels);
  if (value != 1) {
    section.fail(key, fmt::format("{} changes the size of the picture, only 1 does not", value));
  }
}

/// Fails if `key` is true, or false where `published` is: the only one the published code can run.
void require_truth(Section& section, const std::string& key, bool published,
                   std::string_view why = "") {
  bool value = published;
  section.read(key, value);
  if (value != published) section.fail(key, fmt::format("{} is not supported{}", value, why));
}

/// Positions of blocks, ascending. Absent and null mean none.
std::vector<int> blocks(Section& section, const std::string& key) {
  std::vector<std::int64_t> values;
  section.read(key, values, 0, kMaxBlocks);
  std::sort(values.begin(), values.end());
  return {values.begin(), values.end()};
}

OutputActivation output_activation(Section& section) {
  const std::string key = "add_out_act";
  std::string text = "true";  // the published default
  section.read(key, text);
  if (text == "sigmoid") return OutputActivation::sigmoid;
  if (text == "tanh") return OutputActivation::tanh;
  if (text == "none" || section.is_null(key)) return OutputActivation::none;
  const std::optional<bool> value = config::to_truth(text);
  if (!value) {
    section.fail(key, not_one_of(text, std::array{"sigmoid", "tanh", "false"}));
  }
  return *value ? OutputActivation::tanh : OutputActivation::none;
}

SpatialTransformOptions spatial_transform(Section section) {
  SpatialTransformOptions options;
  require_truth(section, "train_angle", true, ": the angle is random each time");
  section.read("pad_coef", options.pad_coef, 0, 0.999);  // one as wide as the map has no mirror
  section.read("angle_init_range", options.angle_init_range, 0, 360);
  section.require_no_others();
  return options;
}

FourierUnitOptions fourier_unit(Section& section) {
  FourierUnitOptions options;
  const std::string factor = "spatial_scale_factor";
  if (section.is_null(factor)) {
    section.ignore(factor);
  } else {  // beyond these no map is left, or no memory
    section.read(factor, options.spatial_scale_factor, 0.01, 16);
  }
  section.read<Resampling>("spatial_scale_mode", options.spatial_scale_mode,
                           {{"bilinear", Resampling::bilinear}, {"bicubic", Resampling::bicubic}});
  section.read("spectral_pos_encoding", options.spectral_pos_encoding);
  section.read("use_se", options.use_se);
  if (auto se = section.section("se_kwargs")) {
    se->read("reduction", options.se_reduction, 1, kMaxChannels);
    se->require_no_others();
  }
  section.read("ffc3d", options.ffc3d);
  if (section.is_null("fft_norm")) {  // PyTorch's default
    section.ignore("fft_norm");
    options.fft_norm = FftNorm::backward;
  } else {
    section.read<FftNorm>("fft_norm", options.fft_norm,
                          {{"ortho", FftNorm::ortho},
                           {"forward", FftNorm::forward},
                           {"backward", FftNorm::backward}});
  }
  return options;
}

}  // namespace

void read_ffc_options(Section& section, FfcOptions& options) {
  section.read("ratio_gin", options.ratio_gin, 0, 1);
  section.read("ratio_gout", options.ratio_gout, 0, 1);
  options.enable_lfu = true;
  section.read("enable_lfu", options.enable_lfu);
  // The key has no meaning where no global channels come in.
  options.enable_lfu = options.enable_lfu && options.ratio_gin > 0;
  section.read("gated", options.gated);
  section.read("groups", options.groups, 1, kMaxChannels);
  section.read("bias", options.bias);
}

void read_multidilation_options(Section& section, MultidilationOptions& options,
                                int most_dilations) {
  section.read("dilation_num", options.dilation_num, 1, most_dilations);
  section.read<CombMode>("comb_mode", options.comb_mode,
                         {{"sum", CombMode::sum},
                          {"cat_in", CombMode::cat_in},
                          {"cat_out", CombMode::cat_out},
                          {"cat_both", CombMode::cat_both}});
  section.read("equal_dim", options.equal_dim);
  section.read("shared_weights", options.shared_weights);
  section.read("min_dilation", options.min_dilation, 1, kMaxDilation);
  section.read("use_depthwise", options.use_depthwise);
  section.read("groups", options.groups, 1, kMaxChannels);
  section.read("bias", options.bias);
}

namespace {

/// The layer that gets FFC arguments decides which of them are possible.
enum class FfcPlace { init, downsample, block, inline_block };

/// As the published generator, which takes the keys as arguments, this refuses all others: many
/// change the arithmetic but no tensor's shape.
FfcOptions ffc_options(Section section, FfcPlace place) {
  FfcOptions options;
  read_ffc_options(section, options);
  options.fourier_unit = fourier_unit(section);
  if (place != FfcPlace::downsample) require_one(section, "stride");
  if (place == FfcPlace::init || place == FfcPlace::downsample) {
    require_one(section, "dilation");
    Padding padding = Padding::reflect;
    section.read<Padding>("padding_type", padding,
                          {{"reflect", Padding::reflect},
                           {"zeros", Padding::zero},
                           {"replicate", Padding::replicate},
                           {"circular", Padding::circular}});
    if (place == FfcPlace::downsample) options.padding = padding;  // the first pads by nothing
  } else {
    section.read("dilation", options.dilation, 1, kMaxDilation);
    if (const auto transform = section.section("spatial_transform_kwargs")) {
      options.spatial_transform = spatial_transform(*transform);
    }
  }
  if (place == FfcPlace::block) require_truth(section, "inline", false);
  section.require_no_others();
  return options;
}

void read_deconv_kind(Section& section, GeneratorConfig& config) {
  section.read<bool>("deconv_kind", config.bilinear_deconv,
                     {{"convtranspose", false}, {"bilinear", true}});
}

void read_ffc_resnet(Section& section, GeneratorConfig& config) {
  read_deconv_kind(section, config);
  section.read<Padding>("padding_type", config.padding,
                        {{"reflect", Padding::reflect},
                         {"zeros", Padding::zero},
                         {"replicate", Padding::replicate},
                         {"circular", Padding::circular}});
  config.init = ffc_options(section.section_or_empty("init_conv_kwargs"), FfcPlace::init);
  config.downsample =
      ffc_options(section.section_or_empty("downsample_conv_kwargs"), FfcPlace::downsample);
  config.resnet = ffc_options(section.section_or_empty("resnet_conv_kwargs"), FfcPlace::block);
  auto& layers = config.spatial_transform_layers;
  layers = blocks(section, "spatial_transform_layers");
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  config.spatial_transform =
      spatial_transform(section.section_or_empty("spatial_transform_kwargs"));
  bool out_ffc = false;
  section.read("out_ffc", out_ffc);
  section.ignore("out_ffc_kwargs");
  if (out_ffc) {
    config.out_ffc =
        ffc_options(section.section_or_empty("out_ffc_kwargs"), FfcPlace::inline_block);
  }
}

MultidilationOptions multidilation(Section section) {
  MultidilationOptions options;
  read_multidilation_options(section, options, kMostDilations);
  require_one(section, "stride");
  require_one(section, "padding");
  require_truth(section, "shuffle_in_channels", false);
  section.require_no_others();
  return options;
}

void read_pix2pixhd_global(Section& section, Pix2PixHdOptions& options) {
  const auto count = [&section](const std::string& key, int& blocks) {
    section.ignore(key);
    if (!section.is_null(key)) section.read(key, blocks, 0, 6);  // the last one's dilation is 64
  };
  count("dilated_blocks_n", options.dilated_blocks_n);
  count("dilated_blocks_n_start", options.dilated_blocks_n_start);
  count("dilated_blocks_n_middle", options.dilated_blocks_n_middle);
  section.read<bool>("dilation_block_kind", options.multidilated_blocks,
                     {{"simple", false}, {"multi", true}});
  section.read("is_resblock_depthwise", options.is_resblock_depthwise);
  section.read("dilation", options.dilation, 1, kMaxDilation);
  const std::string second = "second_dilation";
  section.ignore(second);
  if (section.has(second) && !section.is_null(second)) {
    int dilation = 1;
    section.read(second, dilation, 1, kMaxDilation);
    options.second_dilation = dilation;
  }
}

void read_pix2pixhd(Section& section, GeneratorConfig& config) {
  const bool global = config.kind == GeneratorKind::pix2pixhd_global;
  Pix2PixHdOptions& options = config.pix2pixhd;
  if (global) {
    section.read<Padding>("padding_type", config.padding,
                          {{"reflect", Padding::reflect},
                           {"replicate", Padding::replicate},
                           {"zero", Padding::zero}});
  } else {
    section.read<Padding>("padding_type", config.padding,
                          {{"reflect", Padding::reflect},
                           {"zeros", Padding::zero},
                           {"replicate", Padding::replicate},
                           {"circular", Padding::circular}});
  }
  // The published multidilated convolution cannot be the first layer: its branches differ in size.
  section.read<bool>("conv_kind", options.depthwise, {{"default", false}, {"depthwise", true}});
  section.read<NormKind>("norm_layer", options.norm,
                         {{"bn", NormKind::batch}, {"in", NormKind::instance}});
  section.read<NormKind>("up_norm_layer", options.up_norm,
                         {{"bn", NormKind::batch}, {"in", NormKind::instance}});
  section.ignore("affine");
  if (section.has("affine") && !section.is_null("affine")) {
    bool affine = true;
    section.read("affine", affine);
    options.affine = affine;
  }
  options.ffc_positions = blocks(section, "ffc_positions");
  section.ignore("ffc_kwargs");
  if (!options.ffc_positions.empty()) {
    options.ffc = ffc_options(section.section_or_empty("ffc_kwargs"), FfcPlace::inline_block);
  }
  options.multidilation = multidilation(section.section_or_empty("multidilation_kwargs"));
  if (global) {
    read_pix2pixhd_global(section, options);
  } else {
    read_deconv_kind(section, config);
  }
}

void read_sizes(Section& section, GeneratorConfig& config) {
  section.read("input_nc", config.input_channels, 1, 64);
  section.read("output_nc", config.output_channels, 1, 64);
  section.read("ngf", config.ngf, 1, kMaxChannels);
  section.read("n_downsampling", config.n_downsampling, 0, 6);
  if (config.kind == GeneratorKind::pix2pixhd_multidilated) config.n_blocks = 3;
  section.read("n_blocks", config.n_blocks, 0, kMaxBlocks);
  section.read("max_features", config.max_features, 1, kMaxChannels);
  for (const auto& [key, channels, only, what] :
       {std::tuple{"input_nc", config.input_channels, 4, "red, green, blue, mask"},
        std::tuple{"output_nc", config.output_channels, 3, "red, green, blue"}}) {
    if (channels != only) {
      section.fail(key, fmt::format("{} is not supported, only {} ({})", channels, only, what));
    }
  }
}

}  // namespace

GeneratorConfig read_generator_section(const config::Value& file) {
  const config::Value* found = file.find("generator");
  if (found == nullptr || found->find("kind") == nullptr) {
    throw Error(fmt::format("{}: generator.kind is missing: this is not a LaMa training config",
                            file.origin_of("generator").text()));
  }
  Section section(*found, "generator", Section::Null::none);
  GeneratorConfig config;
  section.read<GeneratorKind>("kind", config.kind,
                              {{"ffc_resnet", GeneratorKind::ffc_resnet},
                               {"pix2pixhd_global", GeneratorKind::pix2pixhd_global},
                               {"pix2pixhd_multidilated", GeneratorKind::pix2pixhd_multidilated}});
  read_sizes(section, config);
  config.output_activation = output_activation(section);
  section.read<MissingPixels>(
      "missing_pixels", config.missing_pixels,
      {{"zero", MissingPixels::zero}, {"interpolated", MissingPixels::interpolated}});
  if (config.kind == GeneratorKind::ffc_resnet) {
    read_ffc_resnet(section, config);
  } else {
    config.resnet = {};
    read_pix2pixhd(section, config);
  }
  section.require_no_others();
  try {
    architecture(config);
  } catch (const config::KeyError& error) {
    throw Error(fmt::format("{}: {}", file.origin_of(error.key()).text(), error.what()));
  }
  return config;
}

}  // namespace lama::internal::model

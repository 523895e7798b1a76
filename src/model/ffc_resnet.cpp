#include "model/ffc_resnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/key_error.h"
#include "model/sequential.h"

namespace lama::internal::model {
namespace {

/// How `ratio` splits channels: truncated, as published.
Split split(int channels, double ratio) {
  const int global = static_cast<int>(channels * ratio);
  return {channels - global, global};
}

/// Fails unless `condition` holds, naming `section`.`key`.
void require(bool condition, const std::string& section, std::string_view key,
             const std::string& why) {
  if (!condition) throw config::KeyError(fmt::format("{}.{}", section, key), why);
}

FfcBlock ffc_block(const std::string& section, const std::string& name, Split split,
                   const FfcOptions& options, const FfcSurroundings& surroundings) {
  FfcBlock block{.name = name, .layers = {}, .around_layer = {}, .around = {}};
  FfcOptions with_padding = options;
  with_padding.padding = surroundings.padding;
  for (std::size_t i = 0; i < 2; ++i) {
    std::string layer_name = fmt::format("{}.conv{}", name, i + 1);
    if (options.spatial_transform) {
      require(split.local > 0 && split.global > 0, section, "spatial_transform_kwargs",
              "works only with both branches");
      block.around_layer[i] = {layer_name + ".angle", options.spatial_transform->pad_coef,
                               options.spatial_transform->angle_init_range};
      layer_name += ".impl";
    }
    FfcLayer& layer = block.layers[i];
    layer = ffc_layer(section, layer_name, split, split.all(), 3, 1, with_padding);
    layer.norm = surroundings.norm;
    layer.affine = surroundings.affine;
    require(layer.out_global == split.global, section, "ratio_gout",
            fmt::format("{} makes {} global channels in a residual block that gets {} by its "
                        "ratio_gin of {}",
                        options.ratio_gout, layer.out_global, split.global, options.ratio_gin));
  }
  return block;
}

/// Block `i` of the generator.
FfcBlock residual_block(const GeneratorConfig& config, int i, const std::string& name,
                        Split split) {
  const bool around = std::binary_search(config.spatial_transform_layers.begin(),
                                         config.spatial_transform_layers.end(), i);
  FfcBlock block = ffc_block("generator.resnet_conv_kwargs", around ? name + ".impl" : name, split,
                             config.resnet, {.padding = config.padding});
  if (around) {
    require(split.local > 0 && split.global > 0, "generator", "spatial_transform_layers",
            "works only with both branches");
    block.around = {name + ".angle", config.spatial_transform.pad_coef,
                    config.spatial_transform.angle_init_range};
  }
  return block;
}

}  // namespace

FfcLayer ffc_layer(const std::string& section, const std::string& name, Split in, int out_channels,
                   int kernel, int stride, const FfcOptions& options) {
  const double gin = options.ratio_gin, gout = options.ratio_gout;
  const Split wanted = split(in.all(), gin), out = split(out_channels, gout);
  require(wanted.global == in.global, section, "ratio_gin",
          fmt::format("{} takes {} of {} channels as global, but the layer before gives {}", gin,
                      wanted.global, in.all(), in.global));
  require((gout == 0) == (out.global == 0) && (gout == 1) == (out.local == 0), section,
          "ratio_gout", fmt::format("{} of {} channels leaves a branch empty", gout, out_channels));
  FfcLayer layer{.name = name,
                 .kernel = kernel,
                 .stride = stride,
                 .in_local = in.local,
                 .in_global = in.global,
                 .out_local = out.local,
                 .out_global = out.global,
                 .dilation = options.dilation,
                 .groups = options.groups,
                 .bias = options.bias,
                 .gated = options.gated,
                 .padding = options.padding,
                 .fourier_unit = options.fourier_unit};
  if (options.gated) {
    require(stride == 1 && in.local > 0 && in.global > 0 && out.local > 0, section, "gated",
            "true works only where both branches come in and the size stays");
  }
  if (options.groups > 1) {
    // Global to global is the spectral transform, which has groups of its own.
    const auto fits = [&](int a, int b) {
      return a == 0 || b == 0 || (a % options.groups == 0 && b % options.groups == 0);
    };
    require(fits(in.local, out.local) && fits(in.local, out.global) && fits(in.global, out.local),
            section, "groups", fmt::format("{} does not divide all branches", options.groups));
  }
  if (in.global == 0 || out.global == 0) return layer;

  const int inner = layer.spectral(), groups = layer.spectral_groups();
  require(inner > 0, section, "ratio_gout", "one global channel is too few for a Fourier unit");
  require(in.global % groups == 0 && inner % groups == 0 && out.global % groups == 0 &&
              layer.spectrum_in() % groups == 0,
          section, "groups", fmt::format("{} does not divide the spectral transform", groups));
  layer.lfu = options.enable_lfu;
  require(!layer.lfu || inner % 4 == 0, section, "enable_lfu",
          fmt::format("a local Fourier unit needs a multiple of 8 global channels, not {}",
                      out.global));
  if (options.fourier_unit.use_se) {
    require(layer.spectrum_in() / options.fourier_unit.se_reduction > 0, section,
            "se_kwargs.reduction",
            fmt::format("{} leaves nothing of {} channels", options.fourier_unit.se_reduction,
                        layer.spectrum_in()));
  }
  return layer;
}

FfcBlock inline_ffc_block(const std::string& section, const std::string& name, int channels,
                          const FfcOptions& options, const FfcSurroundings& surroundings) {
  const Split parts = split(channels, options.ratio_gin);
  require(parts.local > 0 && parts.global > 0, section, "ratio_gin",
          fmt::format("{} of {} channels leaves a branch empty", options.ratio_gin, channels));
  require(!options.spatial_transform, section, "spatial_transform_kwargs",
          "the published code cannot run it here");
  return ffc_block(section, name, parts, options, surroundings);
}

Architecture ffc_resnet(const GeneratorConfig& config) {
  Sequential modules(config);
  FfcLayer stem = ffc_layer("generator.init_conv_kwargs", modules.next(),
                            {config.input_channels, 0}, config.ngf, 7, 1, config.init);
  stem.padding = Padding::reflect;  // the pad before it; it has none of its own
  modules.add(stem);
  Split now{stem.out_local, stem.out_global};
  for (int i = 0; i < config.n_downsampling; ++i) {
    FfcOptions options = config.downsample;
    // The published generator gives the last one the residual blocks' ratio_gin.
    if (i == config.n_downsampling - 1) options.ratio_gout = config.resnet.ratio_gin;
    const FfcLayer layer = ffc_layer("generator.downsample_conv_kwargs", modules.next(), now,
                                     modules.features(i + 1), 3, 2, options);
    modules.add(layer);
    now = {layer.out_local, layer.out_global};
  }
  for (int i = 0; i < config.n_blocks; ++i) {
    modules.add(residual_block(config, i, modules.next(), now));
  }
  require(now.local > 0, "generator", "resnet_conv_kwargs.ratio_gin",
          "1 leaves no local channels, and the published code cannot join the branches then");
  modules.skip();  // ConcatTupleLayer
  modules.add_upsamplings({NormKind::batch, true, {}}, Padding::reflect, /*separable=*/false);
  if (config.out_ffc) {
    modules.add(inline_ffc_block("generator.out_ffc_kwargs", modules.next(), config.ngf,
                                 *config.out_ffc, {.padding = config.padding}));
  }
  modules.add_head();
  return std::move(modules).finish();
}

}  // namespace lama::internal::model

#pragma once

#include "model/generator_config.h"

namespace lama::internal::training {

enum class DiscriminatorKind {
  nlayer,               ///< `pix2pixhd_nlayer`: the one of all published models
  nlayer_multidilated,  ///< `pix2pixhd_nlayer_multidilated`
  ffc,                  ///< the published FFCNLayerDiscriminator, which no config names
};

/// The published discriminator has paddings for so many dilations; its own default, 3, has no
/// effect but an error.
inline constexpr int kMostDiscriminatorDilations = 2;

/// The `discriminator` section; defaults are the published classes', but for `n_layers`, which all
/// configs set.
struct DiscriminatorConfig {
  DiscriminatorKind kind = DiscriminatorKind::nlayer;
  int input_channels = 3;  ///< `input_nc`
  int ndf = 64;            ///< channels of the first layer
  int n_layers = 4;        ///< halvings of the resolution; the ffc kind has one less
  model::MultidilationOptions multidilation = {.dilation_num = kMostDiscriminatorDilations};
  int max_features = 512;                ///< of the ffc kind; 512 of the others
  model::FfcOptions init, convolutions;  ///< `init_conv_kwargs`, `conv_kwargs` of the ffc kind
};

}  // namespace lama::internal::training

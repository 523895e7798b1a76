#include "model/sequential.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/key_error.h"

namespace lama::internal::model {

ConvolutionLayer single(ConvolutionLayer layer, int dilation) {
  layer.branches = {
      {.name = layer.name, .first_in = 0, .in = layer.in, .out = layer.out, .dilation = dilation}};
  return layer;
}

Sequential::Sequential(const GeneratorConfig& config) : result_{.config = config, .layers = {}} {
  if ((config.n_downsampling > 0 || config.n_blocks > 0) && features(0) != config.ngf) {
    throw config::KeyError("generator.max_features",
                           fmt::format("{} is less than ngf, {}", config.max_features, config.ngf));
  }
}

int Sequential::features(int level) const {
  return std::min(config().max_features, config().ngf << level);
}

std::string Sequential::next() { return fmt::format("model.{}", position_++); }

void Sequential::add_upsamplings(const Norm& norm, Padding padding, bool separable) {
  for (int i = config().n_downsampling; i > 0; --i) {
    if (config().bilinear_deconv) skip();  // Upsample
    const std::string name = next();
    Norm own = norm;
    own.name = next();
    if (config().bilinear_deconv) {
      add(single({.name = name,
                  .kernel = 3,
                  .stride = 1,
                  .in = features(i),
                  .out = features(i - 1),
                  .separable = separable,
                  .padding = padding,
                  .branches = {},
                  .order = {},
                  .norm = own,
                  .relu = true,
                  .enlarges = true}));
    } else {
      add(UpsampleLayer{.name = name, .in = features(i), .out = features(i - 1), .norm = own});
    }
    skip();  // ReLU
  }
}

void Sequential::add_head() {
  skip();  // reflection pad
  add(single({.name = next(),
              .kernel = 7,
              .stride = 1,
              .in = config().ngf,
              .out = config().output_channels,
              .padding = Padding::reflect,
              .branches = {},
              .order = {},
              .norm = {}}));
}

}  // namespace lama::internal::model

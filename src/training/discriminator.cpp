#include "training/discriminator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "model/ffc_resnet.h"
#include "model/multidilation.h"
#include "networks/convolution.h"
#include "networks/ffc.h"

namespace lama::internal::training {
namespace {

constexpr double kNegativeSlope = 0.2;
constexpr int kMaxFeatures = 512;
constexpr int kKernel = 4, kFfcKernel = 3;

}  // namespace

DiscriminatorImpl::DiscriminatorImpl(const DiscriminatorConfig& config) {
  if (config.n_layers < 1 || config.ndf < 1 || config.input_channels < 1) {
    throw Error(
        fmt::format("discriminator: input_nc {}, ndf {} and n_layers {} must all be at least 1",
                    config.input_channels, config.ndf, config.n_layers));
  }
  if (config.kind == DiscriminatorKind::ffc) {
    add_ffc_stages(config);
  } else {
    add_nlayer_stages(config);
  }
}

void DiscriminatorImpl::add_ffc_stages(const DiscriminatorConfig& config) {
  model::Split maps{config.input_channels, 0};
  const auto add = [&](const char* section, int out, int stride, const model::FfcOptions& options,
                       bool last) {
    const std::string name = fmt::format("model{}.0", stages_.size());
    const model::FfcLayer layer = model::ffc_layer(fmt::format("discriminator.{}", section), name,
                                                   maps, out, kFfcKernel, stride, options);
    maps = {layer.out_local, layer.out_global};
    auto ffc = networks::register_as(*this, name, networks::FfcBnAct(layer, kNegativeSlope));
    stages_.emplace_back([ffc, last](const networks::Maps& x) mutable -> networks::Maps {
      const networks::Maps y = ffc->forward(x);
      return last ? networks::Maps{y.joined(), {}} : y;
    });
  };
  int channels = config.ndf;
  add("init_conv_kwargs", channels, 1, config.init, false);
  for (int i = 1; i < config.n_layers; ++i) {
    channels = std::min(channels * 2, config.max_features);
    add("conv_kwargs", channels, 2, config.convolutions, false);
  }
  channels = std::min(channels * 2, kMaxFeatures);
  add("conv_kwargs", channels, 1, config.convolutions, true);
  add_last(channels, kFfcKernel);
}

void DiscriminatorImpl::add_nlayer_stages(const DiscriminatorConfig& config) {
  int channels = config.ndf;
  stages_.emplace_back([first = convolution(config.input_channels, channels, kKernel, 2)](
                           const networks::Maps& x) -> networks::Maps {
    return {networks::activate(first(x.local), kNegativeSlope), {}};
  });
  for (int i = 1; i < config.n_layers; ++i) {
    const int in = channels;
    channels = std::min(channels * 2, kMaxFeatures);
    add_with_norm(config.kind == DiscriminatorKind::nlayer
                      ? convolution(in, channels, kKernel, 2)
                      : multidilated(in, channels, config.multidilation),
                  channels);
  }
  const int in = channels;
  channels = std::min(channels * 2, kMaxFeatures);
  add_with_norm(convolution(in, channels, kKernel, 1), channels);
  add_last(channels, kKernel);
}

networks::Operation DiscriminatorImpl::convolution(int in, int out, int kernel, int stride) {
  auto module = networks::register_as(
      *this, fmt::format("model{}.0", stages_.size()),
      torch::nn::Conv2d(
          torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2)));
  return [module](const torch::Tensor& x) mutable { return module->forward(x); };
}

void DiscriminatorImpl::add_last(int in, int kernel) {
  stages_.emplace_back(
      [last = convolution(in, 1, kernel, 1)](const networks::Maps& x) -> networks::Maps {
        return {last(x.local), {}};
      });
}

void DiscriminatorImpl::add_with_norm(networks::Operation convolution, int channels) {
  const std::string name = fmt::format("model{}.1", stages_.size());
  const networks::Operation norm =
      networks::register_norm(*this, {model::NormKind::batch, /*affine=*/true, name}, channels);
  stages_.emplace_back(
      [convolution = std::move(convolution), norm](const networks::Maps& x) -> networks::Maps {
        return {networks::activate(norm(convolution(x.local)), kNegativeSlope), {}};
      });
}

networks::Operation DiscriminatorImpl::multidilated(int in, int out,
                                                    const model::MultidilationOptions& options) {
  if (options.dilation_num > kMostDiscriminatorDilations) {
    throw Error(fmt::format(
        "discriminator.multidilation_kwargs.dilation_num: the published discriminator has paddings "
        "for {} dilations, not for {}",
        kMostDiscriminatorDilations, options.dilation_num));
  }
  const model::ConvolutionLayer layer{.name = fmt::format("model{}.0", stages_.size()),
                                      .kernel = kKernel,
                                      .stride = 2,
                                      .in = in,
                                      .out = out,
                                      .branches = {},
                                      .order = {},
                                      .norm = {}};
  return networks::Convolution(
      *this, model::multidilated(layer, options, "discriminator.multidilation_kwargs"), {2, 3});
}

DiscriminatorImpl::Output DiscriminatorImpl::forward(const torch::Tensor& image) {
  Output output;
  networks::Maps maps{image, {}};
  for (const Stage& stage : stages_) {
    maps = stage(maps);
    output.features.push_back(maps.joined());
  }
  output.logits = output.features.back();
  output.features.pop_back();
  return output;
}

}  // namespace lama::internal::training

// Fast Fourier convolutions (paper section 2.1, figure 2). The parts bear their published names.
#pragma once

#include <torch/torch.h>

#include <array>
#include <optional>

#include "model/architecture.h"
#include "networks/batch_norm.h"
#include "networks/layers.h"
#include "networks/spatial_transform.h"

namespace lama::internal::networks {

/// Scales each channel by the output of two linear layers on all channels' means.
class SqueezeExcitationImpl : public torch::nn::Module {
 public:
  SqueezeExcitationImpl(std::int64_t channels, std::int64_t reduction);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Sequential fc_;
};
TORCH_MODULE(SqueezeExcitation);

/// A convolution, batch norm and ReLU of the half spectrum, whose real and imaginary parts are
/// neighbouring channels: re 0, im 0, re 1, im 1, ...
class FourierUnitImpl : public torch::nn::Module {
 public:
  FourierUnitImpl(std::int64_t channels, std::int64_t groups,
                  const model::FourierUnitOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor unscaled(const torch::Tensor& x);

  model::FourierUnitOptions options_;
  torch::nn::Conv2d conv_layer_{nullptr};
  BatchNorm bn_{nullptr};
  SqueezeExcitation se_{nullptr};
};
TORCH_MODULE(FourierUnit);

/// The branch from global to global: conv2(t + fu(t) + lfu(t)) of t = conv1(x).
class SpectralTransformImpl : public torch::nn::Module {
 public:
  explicit SpectralTransformImpl(const model::FfcLayer& layer);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor local(const torch::Tensor& x);

  int stride_;
  torch::nn::Sequential conv1_;
  FourierUnit fu_{nullptr}, lfu_{nullptr};
  torch::nn::Conv2d conv2_{nullptr};
};
TORCH_MODULE(SpectralTransform);

/// Four branches between the local and the global channels.
class FfcImpl : public torch::nn::Module {
 public:
  explicit FfcImpl(const model::FfcLayer& layer);
  Maps forward(const Maps& x);

 private:
  torch::nn::Conv2d convl2l_{nullptr}, convl2g_{nullptr}, convg2l_{nullptr}, gate_{nullptr};
  SpectralTransform convg2g_{nullptr};
};
TORCH_MODULE(Ffc);

/// An FFC layer, a norm and an activation of both branches. (`FFC_BN_ACT`)
class FfcBnActImpl : public torch::nn::Module {
 public:
  /// `negative_slope` of a leaky ReLU; 0: a ReLU.
  explicit FfcBnActImpl(const model::FfcLayer& layer, double negative_slope = 0);
  Maps forward(const Maps& x);

 private:
  double negative_slope_;
  Ffc ffc_{nullptr};
  Operation bn_l_, bn_g_;
};
TORCH_MODULE(FfcBnAct);

/// x + conv2(conv1(x)). Takes one tensor as well, and then gives one (`inline` in the published
/// code).
class FfcResnetBlock {
 public:
  /// Registers its layers below `root`.
  FfcResnetBlock(torch::nn::Module& root, const model::FfcBlock& block);
  Maps operator()(const Maps& x);

 private:
  Maps run(const Maps& x);

  std::int64_t local_, global_;
  std::array<FfcBnAct, 2> layers_;
  std::array<std::optional<SpatialTransform>, 2> around_layer_;
  std::optional<SpatialTransform> around_;
};

}  // namespace lama::internal::networks

// The published LearnableSpatialTransformWrapper: rotates by a learnt angle before, and back after.
#pragma once

#include <torch/torch.h>

#include "model/architecture.h"

namespace lama::internal::networks {

/// Holds the angle, a parameter of degrees registered under its published name.
class SpatialTransform {
 public:
  SpatialTransform(torch::nn::Module& root, const model::SpatialTransform& options);

  /// `x` with a mirrored border of pad_coef sides around it, rotated about the middle.
  torch::Tensor forward(const torch::Tensor& x) const;
  /// `y`, which has the border, rotated back and without it.
  torch::Tensor back(const torch::Tensor& y, const torch::Tensor& like) const;

 private:
  torch::Tensor angle_;
  double pad_coef_;
};

/// `x` rotated about its middle by `degrees` (of one element), bilinear, zeros from outside: as
/// kornia 0.5 does, with pi in single precision.
torch::Tensor rotate(const torch::Tensor& x, const torch::Tensor& degrees);

}  // namespace lama::internal::networks

#pragma once

#include <torch/torch.h>

#include <vector>

namespace lama::internal::training {

/// Pictures in [0, 1], N, 3, H, W, as networks trained on ImageNet expect them: each colour without
/// its mean and over its standard deviation.
inline torch::Tensor imagenet_normalised(const torch::Tensor& pictures) {
  const auto colours = [&](const std::vector<float>& values) {
    return torch::tensor(values).to(pictures.options()).view({1, 3, 1, 1});
  };
  return (pictures - colours({0.485F, 0.456F, 0.406F})) / colours({0.229F, 0.224F, 0.225F});
}

}  // namespace lama::internal::training

#pragma once

#include <torch/torch.h>

#include <vector>

namespace lama::internal::training {

/// The discriminator-based perceptual loss (paper section 2.2.3): the mean, over its layers, of the
/// mean squared difference between their outputs for a fake and for a real picture. With a `mask`
/// (N, 1, H, W; may be undefined), resized to each layer, only known pixels count.
torch::Tensor feature_matching(const std::vector<torch::Tensor>& fake,
                               const std::vector<torch::Tensor>& real,
                               const torch::Tensor& mask = {});

}  // namespace lama::internal::training

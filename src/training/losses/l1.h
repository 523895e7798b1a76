#pragma once

#include <torch/torch.h>

namespace lama::internal::training {

/// The mean over all samples of |prediction - target|, times `weight_missing` where the mask is 1
/// and `weight_known` where it is 0. The mask (N, 1, H, W) may be anything between.
torch::Tensor masked_l1(const torch::Tensor& prediction, const torch::Tensor& target,
                        const torch::Tensor& mask, double weight_known, double weight_missing);

}  // namespace lama::internal::training

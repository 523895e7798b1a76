#pragma once

#include <torch/torch.h>

namespace lama::internal::training {

/// The mean absolute difference of two pictures averaged over squares of `scale` pixels, each
/// square counting as far as it is missing. Not published: the published L1 leaves the colours of a
/// hole to the adversarial loss, and with them a shade that is seen on whole holes.
torch::Tensor low_frequency(const torch::Tensor& prediction, const torch::Tensor& target,
                            const torch::Tensor& mask, int scale);

}  // namespace lama::internal::training

#include "training/losses/low_frequency.h"

namespace lama::internal::training {

torch::Tensor low_frequency(const torch::Tensor& prediction, const torch::Tensor& target,
                            const torch::Tensor& mask, int scale) {
  // Squares at the right and lower edges are as large as the rest of the picture.
  return torch::avg_pool2d((prediction - target) * mask, scale, /*stride=*/{}, /*padding=*/0,
                           /*ceil_mode=*/true, /*count_include_pad=*/false)
      .abs()
      .mean();
}

}  // namespace lama::internal::training

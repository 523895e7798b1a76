#include "training/losses/l1.h"

namespace lama::internal::training {

torch::Tensor masked_l1(const torch::Tensor& prediction, const torch::Tensor& target,
                        const torch::Tensor& mask, double weight_known, double weight_missing) {
  const torch::Tensor weights = mask * weight_missing + (1 - mask) * weight_known;
  return (weights * torch::l1_loss(prediction, target, at::Reduction::None)).mean();
}

}  // namespace lama::internal::training

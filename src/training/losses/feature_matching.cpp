#include "training/losses/feature_matching.h"

namespace lama::internal::training {

torch::Tensor feature_matching(const std::vector<torch::Tensor>& fake,
                               const std::vector<torch::Tensor>& real, const torch::Tensor& mask) {
  std::vector<torch::Tensor> differences;
  for (std::size_t i = 0; i < fake.size(); ++i) {
    torch::Tensor squared = (fake[i] - real[i]).square();
    if (mask.defined()) {
      squared = squared *
                (1 - torch::upsample_bilinear2d(mask, {squared.size(2), squared.size(3)}, false));
    }
    differences.push_back(squared.mean());
  }
  return torch::stack(differences).mean();
}

}  // namespace lama::internal::training

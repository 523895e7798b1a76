// The adversarial loss (paper section 2.2.2).
#pragma once

#include <torch/torch.h>

#include "training/config/adversarial_config.h"

namespace lama::internal::training {

/// Non-saturating, with gradient penalty R1.
class NonSaturatingWithR1 {
 public:
  explicit NonSaturatingWithR1(const AdversarialConfig& config) : config_(config) {}

  /// `fake_logits`: the discriminator's, of the prediction, N, 1, h, w. `mask`: N, 1, H, W.
  torch::Tensor generator_loss(const torch::Tensor& fake_logits, const torch::Tensor& mask) const;

  struct DiscriminatorLoss {
    torch::Tensor total;
    torch::Tensor real_out, fake_out;  ///< mean logits
    torch::Tensor gradient_penalty;    ///< times gp_coef
  };
  /// `real` must have required gradients when the discriminator made `real_logits` of it. Where
  /// gradients are off there is no penalty.
  DiscriminatorLoss discriminator_loss(const torch::Tensor& real, const torch::Tensor& real_logits,
                                       const torch::Tensor& fake_logits,
                                       const torch::Tensor& mask) const;

 private:
  torch::Tensor scaled(const torch::Tensor& mask, const torch::Tensor& like) const;

  AdversarialConfig config_;
};

/// The mean over pictures of the squared length of the gradient of all logits' sum with respect to
/// the picture: differentiable, to be made small. (`make_r1_gp`)
torch::Tensor r1_penalty(const torch::Tensor& real_logits, const torch::Tensor& real);

}  // namespace lama::internal::training

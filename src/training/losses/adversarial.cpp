#include "training/losses/adversarial.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"

namespace lama::internal::training {
namespace {

namespace F = torch::nn::functional;

}  // namespace

torch::Tensor NonSaturatingWithR1::generator_loss(const torch::Tensor& fake_logits,
                                                  const torch::Tensor& mask) const {
  torch::Tensor loss = torch::softplus(-fake_logits);
  if (!config_.use_unmasked_for_gen) {
    loss = loss * scaled(mask, fake_logits);
  } else if (config_.mask_as_fake_target && config_.extra_mask_weight_for_gen > 0) {
    loss = loss * (1 + scaled(mask, fake_logits) * config_.extra_mask_weight_for_gen);
  }
  return loss.mean() * config_.weight;
}

NonSaturatingWithR1::DiscriminatorLoss NonSaturatingWithR1::discriminator_loss(
    const torch::Tensor& real, const torch::Tensor& real_logits, const torch::Tensor& fake_logits,
    const torch::Tensor& mask) const {
  const torch::Tensor real_loss = torch::softplus(-real_logits);
  torch::Tensor fake_loss = torch::softplus(fake_logits);
  if (config_.mask_as_fake_target || !config_.use_unmasked_for_discr) {
    const torch::Tensor missing = scaled(mask, fake_logits);
    fake_loss = fake_loss * missing;
    if (config_.mask_as_fake_target) {
      fake_loss = fake_loss + (1 - missing) * torch::softplus(-fake_logits);
    }
  }
  const torch::Tensor penalty = torch::GradMode::is_enabled()
                                    ? r1_penalty(real_logits, real) * config_.gp_coef
                                    : torch::zeros({}, real.options());
  return {(real_loss + penalty + fake_loss).mean(), real_logits.mean(), fake_logits.mean(),
          penalty};
}

torch::Tensor NonSaturatingWithR1::scaled(const torch::Tensor& mask,
                                          const torch::Tensor& like) const {
  const std::vector<std::int64_t> size = {like.size(2), like.size(3)};
  if (mask.size(2) == size[0] && mask.size(3) == size[1]) return mask;
  if (!config_.allow_scale_mask) {
    throw Error(fmt::format(
        "losses.adversarial: the mask is {} x {} and the discriminator's output {} x {}: "
        "allow_scale_mask makes them fit",
        mask.size(3), mask.size(2), size[1], size[0]));
  }
  switch (config_.mask_scale_mode) {
    case MaskScaleMode::bilinear:
      return torch::upsample_bilinear2d(mask, size, /*align_corners=*/false);
    case MaskScaleMode::bicubic:
      return torch::upsample_bicubic2d(mask, size, /*align_corners=*/false);
    case MaskScaleMode::area:
      return torch::adaptive_avg_pool2d(mask, size);
    case MaskScaleMode::maxpool:
      return F::adaptive_max_pool2d(mask, F::AdaptiveMaxPool2dFuncOptions({size[0], size[1]}));
    case MaskScaleMode::nearest:
      break;
  }
  return torch::upsample_nearest2d(mask, size);
}

torch::Tensor r1_penalty(const torch::Tensor& real_logits, const torch::Tensor& real) {
  const torch::Tensor gradient =
      torch::autograd::grad({real_logits.sum()}, {real}, /*grad_outputs=*/{},
                            /*retain_graph=*/true, /*create_graph=*/true)[0];
  return gradient.square().sum({1, 2, 3}).mean();
}

}  // namespace lama::internal::training

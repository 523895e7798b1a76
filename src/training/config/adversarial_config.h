#pragma once

namespace lama::internal::training {

/// How the mask comes to the size of the discriminator's output. The size becomes smaller.
enum class MaskScaleMode { nearest, bilinear, bicubic, area, maxpool };

/// `losses.adversarial` of kind r1. Defaults are the published class's; all published configs set
/// gp_coef 0.001, weight 10, mask_as_fake_target and allow_scale_mask. The reader refuses
/// mask_as_fake_target without use_unmasked_for_discr, and that without use_unmasked_for_gen.
struct AdversarialConfig {
  double gp_coef = 5;                ///< of the gradient penalty
  double weight = 1;                 ///< of the generator's loss; the discriminator's has none
  bool mask_as_fake_target = false;  ///< known pixels of a fake count as real
  bool allow_scale_mask = false;
  MaskScaleMode mask_scale_mode = MaskScaleMode::nearest;
  double extra_mask_weight_for_gen = 0;
  bool use_unmasked_for_gen = true;    ///< known pixels count for the generator,
  bool use_unmasked_for_discr = true;  ///< and for the discriminator
};

}  // namespace lama::internal::training

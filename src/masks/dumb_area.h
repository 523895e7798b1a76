// One rectangle: random in training, in the middle otherwise.
#pragma once

#include "masks/mask_generator.h"

namespace lama::internal::masks {

/// The published `dumb` kind. In training its sides are the square roots of 10 % to 35 % of the
/// picture's sides, otherwise of 22.5 %. As published, rows use the columns' range and columns the
/// rows', a mistake for pictures that are not square.
class DumbAreaMasks : public MaskGenerator {
 public:
  explicit DumbAreaMasks(bool is_training) : is_training_(is_training) {}
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  bool is_training_;
};

}  // namespace lama::internal::masks

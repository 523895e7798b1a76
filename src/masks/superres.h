// Grids of known pixels, as in super-resolution.
#pragma once

#include "masks/mask_generator.h"

namespace lama::internal::masks {

/// `width` of every `step` rows are missing, and likewise of the columns. Names and defaults are
/// the published ones. 1 <= min_width <= max_width, min_width < min_step <= max_step.
struct SuperresOptions {
  int min_step = 2, max_step = 4;
  int min_width = 1, max_width = 3;
};

/// The published mixed generator cannot call its own kind (it passes an argument too many). This
/// class draws what it would draw.
class SuperresMasks : public MaskGenerator {
 public:
  explicit SuperresMasks(const SuperresOptions& options) : options_(options) {}
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  SuperresOptions options_;
};

}  // namespace lama::internal::masks

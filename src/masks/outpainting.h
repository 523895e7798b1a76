// Bands along the picture's edges.
#pragma once

#include <array>

#include "masks/mask_generator.h"

namespace lama::masks {

/// Names and defaults are the published ones. Widths as shares of the side, from min to max.
struct OutpaintingOptions {
  double min_padding_percent = 0.04, max_padding_percent = 0.25;
  /// That the left, top, right and bottom are missing. If none is drawn, one of them is chosen.
  std::array<double, 4> padding_probs = {0.5, 0.5, 0.5, 0.5};
  /// The same bands for the same picture. Its seed is made of the pixels, but not as published,
  /// where it differs from one Python process to the next.
  bool is_fixed_randomness = false;
};

/// make() throws Error if the picture is too small for the widths to differ, or is not there and
/// is_fixed_randomness is set.
class OutpaintingMasks : public MaskGenerator {
 public:
  explicit OutpaintingMasks(const OutpaintingOptions& options) : options_(options) {}
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  Mask draw_mask(const MaskRequest& request, NumpyRandom& draw) const;

  OutpaintingOptions options_;
};

}  // namespace lama::masks

// Bands along the picture's edges.
#pragma once

#include <array>

#include "masks/mask_generator.h"

namespace lama::internal::masks {

/// Names and defaults are the published ones. Widths as shares of the side, from min to max.
struct OutpaintingOptions {
  double min_padding_percent = 0.04, max_padding_percent = 0.25;
  /// Probabilities for left, top, right and bottom. If none is drawn, one is chosen.
  std::array<double, 4> padding_probs = {0.5, 0.5, 0.5, 0.5};
  /// Equal pictures get equal bands. The seed derives from the pixels, but not as published: that
  /// seed differs between Python processes.
  bool is_fixed_randomness = false;
};

/// make() throws Error if the picture is too small for the widths to differ, or if
/// is_fixed_randomness is set and the request has no picture.
class OutpaintingMasks : public MaskGenerator {
 public:
  explicit OutpaintingMasks(const OutpaintingOptions& options) : options_(options) {}
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  Mask draw_mask(const MaskRequest& request, NumpyRandom& draw) const;

  OutpaintingOptions options_;
};

}  // namespace lama::internal::masks

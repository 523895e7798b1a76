// Which pixels are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace lama {

struct Mask {
  int width = 0, height = 0;
  std::vector<std::uint8_t> missing;  ///< one per pixel, row by row: 1 missing, 0 known

  std::size_t count() const;  ///< missing pixels
};

enum class MaskRule {
  half,  ///< missing where the mask is at least 50 % white: right for JPEG and anti-aliased masks
  any,   ///< missing where the mask is not black: the published rule (predict.py)
};

/// A picture read as a mask. Colours count by their luma (ITU-R BT.601, as the published code
/// converts). Transparent parts count as if they lay on black; the published rule ignores alpha.
Mask mask_from(const Image& image, MaskRule rule);

/// For every pixel the Euclidean distance, in pixels, to the nearest missing one: 0 inside the
/// hole, 1 for its neighbours; infinity if nothing is missing. Exact (Felzenszwalb and
/// Huttenlocher, "Distance Transforms of Sampled Functions", 2012), linear in the number of pixels.
std::vector<float> distance_to_hole(const Mask& mask);

/// The hole grown to every pixel within `radius` (Euclidean) of it.
Mask dilate(const Mask& mask, int radius);

}  // namespace lama

#pragma once

#include <array>

#include "image/mask.h"
#include "image/planes.h"

namespace lama::internal::evaluation {

/// How a fill differs from its surroundings, without the truth.
struct QualityHint {
  /// Fine detail (mean absolute Laplacian of the luma) in the hole over that in the ring: about 1
  /// if the fill is as sharp as its surroundings, well below 1 if it is blurry.
  double sharpness_ratio = 0;
  std::array<double, 3> colour_ratio = {0, 0, 0};  ///< mean R, G, B of the hole over the ring's
  double luma_ratio = 0;                           ///< the same of the luma: below 1 is darker
};

/// The ring is the known pixels within 32 pixels of the hole. This is a hint: the truth may be
/// smoother or darker than its surroundings. A ratio is NaN if hole or ring is too small, or the
/// ring is all black or flat. Throws Error unless picture and mask have the same size.
QualityHint quality_hint(const Planes& picture, const Mask& hole);

}  // namespace lama::internal::evaluation

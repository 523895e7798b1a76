// How IOPaint grows, shrinks and inverts masks, pixel for pixel.
#pragma once

#include "image/mask.h"

namespace lama::server {

enum class Adjustment { expand, shrink, reverse };

constexpr int kMaxKernel = 100;

/// `mask` grown or shrunk by OpenCV's elliptical structuring element of 2 * `radius` + 1 pixels a
/// side (0 .. kMaxKernel; at the border nothing shrinks), or inverted.
Mask adjusted(Mask mask, Adjustment adjustment, int radius);

}  // namespace lama::server

// Grows, shrinks and inverts masks as IOPaint does, pixel for pixel.
#pragma once

#include <utility>

#include "image/mask.h"

namespace lama::internal::server {

enum class Adjustment { expand, shrink, reverse };

/// IOPaint's names of them.
inline constexpr std::pair<const char*, Adjustment> kAdjustments[] = {
    {"expand", Adjustment::expand},
    {"shrink", Adjustment::shrink},
    {"reverse", Adjustment::reverse}};

constexpr int kMaxKernel = 100;

/// Grows or shrinks `mask` by OpenCV's elliptical structuring element of 2 * `radius` + 1 pixels a
/// side (0 .. kMaxKernel; nothing shrinks at the border), or inverts it.
Mask adjusted(Mask mask, Adjustment adjustment, int radius);

}  // namespace lama::internal::server

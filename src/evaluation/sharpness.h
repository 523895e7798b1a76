#pragma once

#include "image/mask.h"
#include "image/planes.h"

namespace lama::internal::evaluation {

/// How sharp the hole is beside what surrounds it: the mean difference of a pixel's brightness to
/// that of the 5 x 5 pixels around it (0 beyond the border), in the hole, as a share of what it is
/// in the ring of pixels up to 30 rows and columns away. NaN where there is no hole or no ring.
double sharpness(const Planes& picture, const Mask& hole);

}  // namespace lama::internal::evaluation

#pragma once

#include <vector>

#include "image/planes.h"

namespace lama::evaluation {

/// Structural similarity (Wang et al. 2004) around every pixel, the mean of the three channels, as
/// the published code computes it: an 11 x 11 Gaussian window of sigma 1.5, beyond the border
/// zeros, constants 0.01^2 and 0.03^2 (spec 7.3). The picture's SSIM is the mean of all pixels.
/// `a` and `b` must have the same size.
std::vector<float> ssim_map(const Planes& a, const Planes& b);

}  // namespace lama::evaluation

#pragma once

#include <vector>

#include "image/planes.h"

namespace lama::internal::evaluation {

/// Structural similarity (Wang et al. 2004) around every pixel, the mean of the three channels, as
/// in the published saicinpainting/evaluation/losses/ssim.py: an 11 x 11 Gaussian window of sigma
/// 1.5, zeros beyond the border, constants 0.01^2 and 0.03^2. The picture's SSIM is the mean of all
/// pixels. `a` and `b` must have the same size.
std::vector<float> ssim_map(const Planes& a, const Planes& b);

}  // namespace lama::internal::evaluation

#pragma once

#include "evaluation/features.h"

namespace lama::internal::evaluation {

/// The squared maximum mean discrepancy between two samples of features under the kernel
/// (x y / dimensions + 1)^3, without bias: the kernel distance (KID) of Binkowski et al. 2018, over
/// all rows at once, so that the time grows with the square of their number. It may be below 0
/// where both are alike. NaN if either has fewer than two rows.
double kernel_distance(const Features& a, const Features& b);

}  // namespace lama::internal::evaluation

#pragma once

#include "evaluation/features.h"

namespace lama::internal::evaluation {

/// The Fréchet distance between the normal distributions that fit `a` and `b` (Heusel et al. 2017).
/// With Inception's features it is the FID:
///   |m_a - m_b|^2 + tr S_a + tr S_b - 2 tr sqrt(S_a S_b),
/// covariances divided by count - 1. It takes no matrix root: with S = F^T F the last trace is the
/// sum of the singular values of F_a F_b^T, which is real and finite also for fewer rows than
/// dimensions, where the usual way fails or gives noise. NaN if either has fewer than two rows.
double frechet_distance(const Features& a, const Features& b);

}  // namespace lama::internal::evaluation

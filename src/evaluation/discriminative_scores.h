#pragma once

#include "evaluation/features.h"

namespace lama::internal::evaluation {

/// How often a linear classifier mistakes results for true pictures (Zhao et al., "Large Scale
/// Image Completion via Co-Modulated GANs", 2021). The classifier is a support vector machine on
/// Inception's features (squared hinge loss, C = 1, the offset regularised like the weights, as
/// scikit-learn's LinearSVC).
struct DiscriminativeScores {
  double paired = 0;    ///< P-IDS: share of pairs whose result looks more real than its truth
  double unpaired = 0;  ///< U-IDS: share of misclassified pictures; 0.5 at best
};

/// Row i of both belongs to one pair. Throws Error if the numbers of rows differ. NaN without
/// rows.
DiscriminativeScores discriminative_scores(const Features& results, const Features& truths);

}  // namespace lama::internal::evaluation

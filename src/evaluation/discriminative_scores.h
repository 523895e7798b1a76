#pragma once

#include "evaluation/features.h"

namespace lama::evaluation {

/// How often a linear classifier mistakes results for true pictures (Zhao et al., "Large Scale
/// Image Completion via Co-Modulated GANs", 2021): a support vector machine (squared hinge loss,
/// C = 1, the offset regularised like the weights, as scikit-learn's LinearSVC) is trained to tell
/// them apart by Inception's features.
struct DiscriminativeScores {
  double paired = 0;    ///< P-IDS: share of pairs whose result looks more real than its truth
  double unpaired = 0;  ///< U-IDS: share of pictures it classifies wrongly; 0.5 at best
};

/// Row i of both belongs to one pair. Throws Error unless there are as many results as truths.
/// NaN without rows.
DiscriminativeScores discriminative_scores(const Features& results, const Features& truths);

}  // namespace lama::evaluation

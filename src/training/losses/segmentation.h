#pragma once

#include <torch/torch.h>

namespace lama::internal::training {

/// The published CrossEntropy2d.
struct SegmentationConfig {
  int ignore_label = 255;       ///< labels below 0 are ignored too
  bool ade20k_weights = false;  ///< weights of ADE20K's 150 classes: the rarer, the heavier
};

/// The cross-entropy of `logits` (N, classes, H, W) with the classes in `labels` (N, 1, H, W): its
/// (weighted) mean over the pixels that are not ignored.
torch::Tensor segmentation_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                                         const SegmentationConfig& config = {});

}  // namespace lama::internal::training

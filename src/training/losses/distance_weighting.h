// Masks whose values are distances of missing pixels from known ones (`distance_weighter_kwargs`).
#pragma once

#include <torch/torch.h>

#include "networks/vgg19.h"
#include "training/config/distance_weighting_config.h"

namespace lama::internal::training {

// All take and give masks N, 1, H, W in [0, 1], and record no gradients. Known pixels stay 0.

/// Kind blur: the mask through a Gaussian filter of odd `kernel_size`.
torch::Tensor blurred_mask(const torch::Tensor& mask, int kernel_size = 5, double width_factor = 1);

/// Kind edt: like a Euclidean distance. The known part is grown first: by pixels that have more
/// than one known pixel among the dilate_kernel_size squared around them.
torch::Tensor distance_mask(const torch::Tensor& mask, int dilate_kernel_size = 5,
                            int blur_kernel_size = 5, double width_factor = 1);

/// Kind pps: known pixels spread from neighbour to neighbour where VGG-19 sees them alike.
class PropagatedSimilarity {
 public:
  PropagatedSimilarity(const PropagatedSimilarityConfig& config, const weights::TensorFile& vgg19);

  /// `real`: N, 3, H, W in [0, 1].
  torch::Tensor operator()(const torch::Tensor& real, const torch::Tensor& mask);

  /// To be moved to the device of the pictures.
  networks::Vgg19& network() { return vgg_; }

 private:
  PropagatedSimilarityConfig config_;
  networks::Vgg19 vgg_;
};

}  // namespace lama::internal::training

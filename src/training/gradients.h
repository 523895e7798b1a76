// Gradients averaged over the processes of a run while backward still computes the rest.
//
// Clipping is LibTorch's own: torch::nn::utils::clip_grad_norm_ has the formula of the published
// gradient_clip_val (configs/training/trainer) and, after averaging, gives every process the same
// factor.
#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "training/processes.h"

namespace lama::internal::training {

/// Gradients are gathered in buckets in the order in which backward makes them, last layers first;
/// each full bucket is on its way to the other processes while the next fills.
class GradientBuckets {
 public:
  static constexpr std::size_t kBucketBytes = 25 << 20;

  /// For parameters of one network, which need gradients and are the same on every process.
  /// `processes` must outlive this.
  GradientBuckets(std::vector<torch::Tensor> parameters, Processes& processes,
                  std::size_t bucket_bytes = kBucketBytes);
  ~GradientBuckets();
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;

  /// loss.backward(), after which each gradient is the mean over processes of the sum since it was
  /// last cleared. Of several micro batches call this for the last one, and loss.backward() for the
  /// others. A parameter that no process has a gradient for keeps none. Throws Error if another
  /// process is gone.
  void backward(const torch::Tensor& loss);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace lama::internal::training

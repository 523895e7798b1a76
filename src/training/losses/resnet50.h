// The ResNet-50 of CSAIL's semantic segmentation, without its classifier: three 3x3 convolutions
// for a stem, and bottlenecks whose 3x3 convolution has the stride.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "weights/tensor_file.h"

namespace lama::training {

/// Frozen. Parameters have the names of the published files.
class ResNet50Impl : public torch::nn::Module {
 public:
  /// `dilated`: its last two stages keep the resolution and see as far by dilation, so that its
  /// maps are 1/4, 1/8, 1/8, 1/8 of the picture; else 1/4, 1/8, 1/16, 1/32.
  ResNet50Impl(bool dilated, const weights::TensorFile& weights);

  /// What the four stages give: 256, 512, 1024, 2048 channels.
  std::vector<torch::Tensor> forward(const torch::Tensor& x);

 private:
  torch::nn::Sequential stem_;
  std::vector<torch::nn::Sequential> stages_;
};
TORCH_MODULE(ResNet50);

}  // namespace lama::training

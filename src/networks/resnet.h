// The ResNets of CSAIL's semantic segmentation, without their classifier: three 3x3 convolutions
// for a stem, and blocks whose (first) 3x3 convolution has the stride.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "weights/tensor_file.h"

namespace lama::internal::networks {

/// Frozen. Parameters have the names of the published files.
class ResNetImpl : public torch::nn::Module {
 public:
  /// `depth`: 18 or 50. `dilated`: its last two stages keep the resolution and see as far by
  /// dilation, so that its maps are 1/4, 1/8, 1/8, 1/8 of the picture; else 1/4, 1/8, 1/16, 1/32.
  /// The width is that of the first convolution in `weights`: 64 in published files.
  ResNetImpl(int depth, bool dilated, const weights::TensorFile& weights);

  /// The channels of the four stages, times the width: 4, 8, 16, 32 channels, or with depth 18 1,
  /// 2, 4, 8.
  std::vector<torch::Tensor> forward(const torch::Tensor& x);

 private:
  torch::nn::Sequential stem_;
  std::vector<torch::nn::Sequential> stages_;
};
TORCH_MODULE(ResNet);

}  // namespace lama::internal::networks

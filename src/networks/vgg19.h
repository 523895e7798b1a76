// The convolutions of VGG-19 (Simonyan and Zisserman, 2015).
#pragma once

#include <torch/torch.h>

#include <vector>

#include "weights/tensor_file.h"

namespace lama::internal::networks {

/// Frozen. Parameters have the names of torchvision's file vgg19-dcbb9e9d.pth.
class Vgg19Impl : public torch::nn::Module {
 public:
  static constexpr int kRelu51 = 13;  ///< ReLUs up to the first of the fifth block

  /// The network up to its `relus`-th ReLU, 1 to 16, with average pooling, as published.
  Vgg19Impl(int relus, const weights::TensorFile& weights);

  /// The output of each ReLU.
  std::vector<torch::Tensor> forward(torch::Tensor x);

 private:
  std::vector<torch::nn::Conv2d> convolutions_;
};
TORCH_MODULE(Vgg19);

}  // namespace lama::internal::networks

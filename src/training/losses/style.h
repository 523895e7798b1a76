#pragma once

#include <torch/torch.h>

#include <array>

#include "networks/vgg19.h"

namespace lama::internal::training {

/// The loss of the published style_loss.py: weighted mean absolute differences of VGG-19's outputs
/// for two pictures at relu1_1, relu2_1, ... relu5_1. Pictures go in as they are, without
/// ImageNet's normalisation. (It has no Gram matrices, despite the file's name.)
class StyleLossImpl : public torch::nn::Module {
 public:
  explicit StyleLossImpl(const weights::TensorFile& vgg19,
                         const std::array<double, 5>& layer_weights = {1, 1, 1, 1, 1});
  torch::Tensor forward(const torch::Tensor& prediction, const torch::Tensor& target);

 private:
  networks::Vgg19 vgg_;
  std::array<double, 5> layer_weights_;
};
TORCH_MODULE(StyleLoss);

}  // namespace lama::internal::training

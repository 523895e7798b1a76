#pragma once

#include <torch/torch.h>

#include "networks/vgg19.h"

namespace lama::internal::training {

/// The perceptual loss of base networks with a small receptive field (paper section 2.2.1): squared
/// differences of the outputs of the 13 ReLUs up to relu5_1 of VGG-19, with average pooling, for
/// two pictures in [0, 1].
class PerceptualLossImpl : public torch::nn::Module {
 public:
  explicit PerceptualLossImpl(const weights::TensorFile& vgg19);

  /// One value per picture: the mean over channels and pixels, added up over layers. With a `mask`
  /// (N, 1, H, W; may be undefined), resized to each layer, only known pixels count.
  torch::Tensor forward(const torch::Tensor& prediction, const torch::Tensor& target,
                        const torch::Tensor& mask = {});

 private:
  networks::Vgg19 vgg_;
};
TORCH_MODULE(PerceptualLoss);

}  // namespace lama::internal::training

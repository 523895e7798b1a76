#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "networks/efficientnet_lite.h"
#include "weights/tensor_file.h"

namespace lama::internal::training {

/// `weights_path`, or in that folder EfficientNet-Lite0's file as it is published. Throws Error,
/// saying how to get it, if it is not there.
std::filesystem::path efficientnet_pl_weights(const std::filesystem::path& weights_path);

/// The perceptual loss with a high receptive field (paper section 2.2.1) on a small network that
/// has learnt from real pictures: EfficientNet-Lite0, dilated. Of stages 2, 3, 5 and 7 the mean
/// squared difference, divided by the target's mean square, so that no stage outweighs another;
/// their mean, times the weight.
class EfficientNetPlImpl : public torch::nn::Module {
 public:
  EfficientNetPlImpl(double weight, const weights::TensorFile& weights);

  /// Pictures in [0, 1]; nothing is clamped. No gradients go to `target`.
  torch::Tensor forward(const torch::Tensor& prediction, const torch::Tensor& target);

 private:
  double weight_;
  networks::EfficientNetLite network_;
};
TORCH_MODULE(EfficientNetPl);

}  // namespace lama::internal::training

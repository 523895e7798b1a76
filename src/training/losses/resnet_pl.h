#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "networks/resnet.h"
#include "training/config/resnet_pl_config.h"

namespace lama::internal::training {

/// The file in which the published code looks for the weights: below `weights_path`, or for
/// ImageNet's in "pretrained" there; or `weights_path` itself if it is a file. Throws Error, which
/// has the address of the published file, if the file is not there.
std::filesystem::path resnet_pl_weights(const std::filesystem::path& weights_path,
                                        const ResNetPlConfig& config);

/// The perceptual loss with a high receptive field (paper section 2.2.1): the mean squared
/// difference of each of four maps of a ResNet, added up.
///
/// As published, the network's batch norms follow train() and eval(): while training they take
/// their statistics from the batch, separately for prediction and target, and go on measuring. A
/// trainer that wants the pretrained statistics leaves this in eval().
class ResNetPlImpl : public torch::nn::Module {
 public:
  ResNetPlImpl(const ResNetPlConfig& config, const weights::TensorFile& weights);

  /// Pictures in [0, 1]; nothing is clamped.
  torch::Tensor forward(const torch::Tensor& prediction, const torch::Tensor& target);

 private:
  double weight_;
  networks::ResNet impl_;
};
TORCH_MODULE(ResNetPl);

}  // namespace lama::internal::training

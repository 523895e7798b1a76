// EfficientNet-Lite, Google's EfficientNet (Tan and Le, 2019) without squeeze-and-excitation and
// with ReLU6, learnt on ImageNet. scripts/fetch-feature-network fetches its weights.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "weights/tensor_file.h"

namespace lama::internal::networks {

/// Its features; the classifier is left out. Frozen: batch norms are folded into the convolutions
/// before them, and train() changes nothing.
class EfficientNetLiteImpl : public torch::nn::Module {
 public:
  /// `size`: 0, 1 or 2. `dilated`: stages 4 and 6 keep the resolution, and the layers after them
  /// see as far by dilation (paper section 2.2.1). Names in `weights` are those of the published
  /// files. Throws Error if the weights are of another network.
  EfficientNetLiteImpl(int size, bool dilated, const weights::TensorFile& weights);

  /// The maps that the seven stages give to pictures in [0, 1], RGB, N, 3, H, W: 1/2, 1/4, 1/8,
  /// 1/16, 1/16, 1/32, 1/32 of their size, or dilated 1/2, 1/4 and then 1/8. A side that does not
  /// divide is rounded up.
  std::vector<torch::Tensor> forward(const torch::Tensor& pictures);

 private:
  /// A convolution and its batch norm.
  struct Layer {
    torch::Tensor weight, bias;
    std::int64_t stride, dilation, groups;

    torch::Tensor operator()(const torch::Tensor& x) const;
  };
  struct Block {
    bool expands, adds_input, ends_stage;
  };

  std::vector<Layer> layers_;  ///< the stem, then those of each block
  std::vector<Block> blocks_;
};
TORCH_MODULE(EfficientNetLite);

}  // namespace lama::internal::networks

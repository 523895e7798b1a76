// Convolutions of the pix2pixHD generators and the discriminators: plain, depthwise-separable, and
// several with different dilations side by side.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "model/architecture.h"
#include "networks/layers.h"

namespace lama::internal::networks {

/// The convolutions of a layer, without its norm and activation. Registers them under their
/// published names below `root`.
class Convolution {
 public:
  /// `padding`: pixels around the input of each branch; empty: dilation * (kernel / 2).
  Convolution(torch::nn::Module& root, const model::ConvolutionLayer& layer,
              const std::vector<std::int64_t>& padding = {});

  torch::Tensor operator()(const torch::Tensor& x) const;

  /// A parameter that the published state dict names a second time.
  struct Copy {
    std::string name, original;
  };
  const std::vector<Copy>& copies() const { return copies_; }

 private:
  model::ConvolutionLayer layer_;
  std::vector<Operation> branches_;
  std::vector<Copy> copies_;
};

}  // namespace lama::internal::networks

// Functions that the networks' layers share.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "model/architecture.h"

namespace lama::internal::networks {

/// Feature maps, N, C, H, W each: of an FFC layer's local and global branch (paper section 2.1), or
/// in `local` those of any other layer. A branch that is not there is an undefined tensor.
struct Maps {
  torch::Tensor local, global;

  /// Local channels, then global ones.
  torch::Tensor joined() const;
};

/// The module registered under a dotted name below `root`, "model.5.conv1", with plain containers
/// above it: published names come from nested nn.Sequential and nn.ModuleList.
std::shared_ptr<torch::nn::Module> container(torch::nn::Module& root, const std::string& name);
void register_under(torch::nn::Module& root, const std::string& name,
                    std::shared_ptr<torch::nn::Module> module);

template <typename Holder>
Holder register_as(torch::nn::Module& root, const std::string& name, Holder module) {
  register_under(root, name, module.ptr());
  return module;
}

/// Transforms and statistics need float32 or more, also where convolutions run in bfloat16.
torch::Tensor at_least_float(const torch::Tensor& x);

/// A ReLU, leaky with a `negative_slope` above 0, in place.
torch::Tensor activate(torch::Tensor x, double negative_slope = 0);

using Operation = std::function<torch::Tensor(const torch::Tensor&)>;

/// A batch or instance norm registered under `norm.name`, or the identity if there is none.
Operation register_norm(torch::nn::Module& root, const model::Norm& norm, std::int64_t channels);

/// The options of a convolution that sees `padding` beyond its input's border, `size` pixels of it.
torch::nn::Conv2dOptions padded(torch::nn::Conv2dOptions options, model::Padding padding,
                                std::int64_t size);

}  // namespace lama::internal::networks

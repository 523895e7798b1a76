#include "networks/vgg19.h"

#include <array>
#include <string>

#include "networks/layers.h"
#include "networks/state.h"

namespace lama::internal::networks {
namespace {

/// Whether a pooling comes before the `i`-th convolution.
bool begins_block(std::size_t i) { return i == 2 || i == 4 || i == 8 || i == 12; }

}  // namespace

Vgg19Impl::Vgg19Impl(int relus, const weights::TensorFile& weights) {
  constexpr std::array<std::int64_t, 5> kChannels = {64, 128, 256, 512, 512};
  std::int64_t in = 3;
  std::size_t block = 0;
  int position = 0;  // in torchvision's Sequential, where ReLUs and poolings count too
  for (std::size_t i = 0; i < static_cast<std::size_t>(relus); ++i) {
    if (begins_block(i)) {
      ++block;
      ++position;
    }
    convolutions_.push_back(register_as(
        *this, "features." + std::to_string(position),
        torch::nn::Conv2d(torch::nn::Conv2dOptions(in, kChannels[block], 3).padding(1))));
    in = kChannels[block];
    position += 2;
  }
  networks::load(*this, weights);
  for (const torch::Tensor& parameter : parameters()) parameter.set_requires_grad(false);
}

std::vector<torch::Tensor> Vgg19Impl::forward(torch::Tensor x) {
  std::vector<torch::Tensor> results;
  for (std::size_t i = 0; i < convolutions_.size(); ++i) {
    if (begins_block(i)) x = torch::avg_pool2d(x, 2);
    x = activate(convolutions_[i]->forward(x));
    results.push_back(x);
  }
  return results;
}

}  // namespace lama::internal::networks

#include "training/losses/resnet50.h"

#include <array>
#include <string>

#include "training/networks/layers.h"
#include "training/networks/state.h"

namespace lama::training {
namespace {

// The norms are LibTorch's own: they are never synchronised over processes, as they were not.

torch::nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                              std::int64_t stride = 1, std::int64_t dilation = 1) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel)
                               .stride(stride)
                               .dilation(dilation)
                               .padding(dilation * (kernel / 2))
                               .bias(false));
}

class BottleneckImpl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kExpansion = 4;

  BottleneckImpl(std::int64_t in, std::int64_t planes, std::int64_t stride, std::int64_t dilation,
                 bool changes_size) {
    const std::int64_t out = planes * kExpansion;
    conv1_ = register_module("conv1", convolution(in, planes, 1));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(planes));
    conv2_ = register_module("conv2", convolution(planes, planes, 3, stride, dilation));
    bn2_ = register_module("bn2", torch::nn::BatchNorm2d(planes));
    conv3_ = register_module("conv3", convolution(planes, out, 1));
    bn3_ = register_module("bn3", torch::nn::BatchNorm2d(out));
    if (changes_size) {
      downsample_ = register_module(
          "downsample",
          torch::nn::Sequential(convolution(in, out, 1, stride), torch::nn::BatchNorm2d(out)));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = activate(bn1_->forward(conv1_->forward(x)));
    y = activate(bn2_->forward(conv2_->forward(y)));
    y = bn3_->forward(conv3_->forward(y));
    return activate(y + (downsample_.is_empty() ? x : downsample_->forward(x)));
  }

 private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr}, conv3_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr}, bn3_{nullptr};
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Bottleneck);

}  // namespace

ResNet50Impl::ResNet50Impl(bool dilated, const weights::TensorFile& weights) {
  std::int64_t in = 3;
  for (int i = 1; i <= 3; ++i) {
    const std::int64_t out = i == 3 ? 128 : 64;
    const std::string number = std::to_string(i);
    stem_->push_back(register_module("conv" + number, convolution(in, out, 3, i == 1 ? 2 : 1)));
    stem_->push_back(register_module("bn" + number, torch::nn::BatchNorm2d(out)));
    stem_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(/*inplace=*/true)));
    in = out;
  }
  stem_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).padding(1)));

  constexpr std::array<int, 4> kBlocks = {3, 4, 6, 3};
  for (std::size_t stage = 0; stage < kBlocks.size(); ++stage) {
    const std::int64_t planes = std::int64_t{64} << stage;
    torch::nn::Sequential blocks;
    // Where a stride is taken away, what follows looks as much further: the convolution that had it
    // already half as much.
    const bool widened = dilated && stage >= 2;
    const std::int64_t dilation = widened ? std::int64_t{2} << (stage - 2) : 1;
    for (int i = 0; i < kBlocks[stage]; ++i) {
      const bool first = i == 0;
      const std::int64_t stride = first && stage > 0 && !widened ? 2 : 1;
      blocks->push_back(Bottleneck(in, planes, stride, first && widened ? dilation / 2 : dilation,
                                   /*changes_size=*/first));
      in = planes * BottleneckImpl::kExpansion;
    }
    stages_.push_back(register_module("layer" + std::to_string(stage + 1), blocks));
  }
  training::load(*this, weights);
  for (torch::Tensor& parameter : parameters()) parameter.set_requires_grad(false);
  eval();
}

std::vector<torch::Tensor> ResNet50Impl::forward(const torch::Tensor& x) {
  std::vector<torch::Tensor> maps;
  torch::Tensor y = stem_->forward(x);
  for (auto& stage : stages_) {
    y = stage->forward(y);
    maps.push_back(y);
  }
  return maps;
}

}  // namespace lama::training

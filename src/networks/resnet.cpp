#include "networks/resnet.h"

#include <array>
#include <string>

#include "networks/layers.h"
#include "networks/state.h"

namespace lama::internal::networks {
namespace {

// The norms are LibTorch's own: as in the published code they are never synchronised over
// processes.

torch::nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                              std::int64_t stride = 1, std::int64_t dilation = 1) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel)
                               .stride(stride)
                               .dilation(dilation)
                               .padding(dilation * (kernel / 2))
                               .bias(false));
}

/// The summand beside a block's convolutions: its input, or a projection of it where the size
/// changes.
torch::nn::Sequential projection(std::int64_t in, std::int64_t out, std::int64_t stride) {
  return torch::nn::Sequential(convolution(in, out, 1, stride), torch::nn::BatchNorm2d(out));
}

/// The stride of a block, and the dilations of the convolution that has the stride, or had it, and
/// of those after it.
struct Reach {
  std::int64_t stride, strided_dilation, dilation;
};

class BasicBlockImpl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kExpansion = 1;

  BasicBlockImpl(std::int64_t in, std::int64_t planes, const Reach& reach, bool changes_size) {
    conv1_ =
        register_module("conv1", convolution(in, planes, 3, reach.stride, reach.strided_dilation));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(planes));
    conv2_ = register_module("conv2", convolution(planes, planes, 3, 1, reach.dilation));
    bn2_ = register_module("bn2", torch::nn::BatchNorm2d(planes));
    if (changes_size) {
      downsample_ = register_module("downsample", projection(in, planes, reach.stride));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = activate(bn1_->forward(conv1_->forward(x)));
    y = bn2_->forward(conv2_->forward(y));
    return activate(y + (downsample_.is_empty() ? x : downsample_->forward(x)));
  }

 private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(BasicBlock);

class BottleneckImpl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kExpansion = 4;

  BottleneckImpl(std::int64_t in, std::int64_t planes, const Reach& reach, bool changes_size) {
    const std::int64_t out = planes * kExpansion;
    conv1_ = register_module("conv1", convolution(in, planes, 1));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(planes));
    conv2_ = register_module("conv2",
                             convolution(planes, planes, 3, reach.stride, reach.strided_dilation));
    bn2_ = register_module("bn2", torch::nn::BatchNorm2d(planes));
    conv3_ = register_module("conv3", convolution(planes, out, 1));
    bn3_ = register_module("bn3", torch::nn::BatchNorm2d(out));
    if (changes_size) {
      downsample_ = register_module("downsample", projection(in, out, reach.stride));
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

ResNetImpl::ResNetImpl(int depth, bool dilated, const weights::TensorFile& weights) {
  // load() below reports a shape that is no convolution's.
  const auto first = weights.tensors().find("conv1.weight");
  const std::int64_t width = first != weights.tensors().end() && first->second.shape.size() == 4
                                 ? first->second.shape[0]
                                 : 64;
  std::int64_t in = 3;
  for (int i = 1; i <= 3; ++i) {
    const std::int64_t out = i == 3 ? 2 * width : width;
    const std::string number = std::to_string(i);
    stem_->push_back(register_module("conv" + number, convolution(in, out, 3, i == 1 ? 2 : 1)));
    stem_->push_back(register_module("bn" + number, torch::nn::BatchNorm2d(out)));
    stem_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(/*inplace=*/true)));
    in = out;
  }
  stem_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).padding(1)));

  const bool basic = depth == 18;
  const auto blocks_of = basic ? std::array{2, 2, 2, 2} : std::array{3, 4, 6, 3};
  for (std::size_t stage = 0; stage < blocks_of.size(); ++stage) {
    const std::int64_t planes = width << stage;
    torch::nn::Sequential blocks;
    // Where a stride is taken away, the layers after it look as much further: the convolution that
    // had it already half as much.
    const bool widened = dilated && stage >= 2;
    const std::int64_t dilation = widened ? std::int64_t{2} << (stage - 2) : 1;
    for (int i = 0; i < blocks_of[stage]; ++i) {
      const bool first_block = i == 0;
      const Reach reach = {first_block && stage > 0 && !widened ? 2 : 1,
                           first_block && widened ? dilation / 2 : dilation, dilation};
      if (basic) {
        blocks->push_back(BasicBlock(in, planes, reach, /*changes_size=*/first_block));
      } else {
        blocks->push_back(Bottleneck(in, planes, reach, /*changes_size=*/first_block));
      }
      in = planes * (basic ? BasicBlockImpl::kExpansion : BottleneckImpl::kExpansion);
    }
    stages_.push_back(register_module("layer" + std::to_string(stage + 1), blocks));
  }
  networks::load(*this, weights);
  for (const torch::Tensor& parameter : parameters()) parameter.set_requires_grad(false);
  eval();
}

std::vector<torch::Tensor> ResNetImpl::forward(const torch::Tensor& x) {
  std::vector<torch::Tensor> maps;
  torch::Tensor y = stem_->forward(x);
  for (auto& stage : stages_) {
    y = stage->forward(y);
    maps.push_back(y);
  }
  return maps;
}

}  // namespace lama::internal::networks

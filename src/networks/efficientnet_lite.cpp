#include "networks/efficientnet_lite.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "networks/layers.h"
#include "networks/state.h"

namespace lama::internal::networks {
namespace {

struct EfficientStage {
  int blocks;
  std::int64_t kernel, stride, expansion, channels;
};
constexpr std::array<EfficientStage, 7> kEfficientStages = {{{1, 3, 1, 1, 16},
                                                             {2, 3, 2, 6, 24},
                                                             {2, 5, 2, 6, 40},
                                                             {3, 3, 2, 6, 80},
                                                             {3, 5, 1, 6, 112},
                                                             {4, 5, 2, 6, 192},
                                                             {1, 3, 1, 6, 320}}};
/// The options of sizes 0, 1 and 2.
constexpr std::array<double, 3> kChannelFactors = {1.0, 1.0, 1.1};
constexpr std::array<double, 3> kDepthFactors = {1.0, 1.1, 1.2};

/// A multiple of 8, and not much less than `channels`.
std::int64_t rounded_channels(double channels) {
  const std::int64_t nearest =
      std::max<std::int64_t>(8, static_cast<std::int64_t>(channels + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * channels ? nearest + 8 : nearest;
}

/// The network as the published file has it, in the order in which it computes.
struct PublishedLayers {
  torch::nn::Module root{"EfficientNet-Lite"};
  std::vector<std::pair<torch::nn::Conv2d, torch::nn::BatchNorm2d>> layers;

  void add(const std::string& convolution, const std::string& norm,
           const torch::nn::Conv2dOptions& options) {
    layers.emplace_back(
        register_as(root, convolution,
                    torch::nn::Conv2d(torch::nn::Conv2dOptions(options).bias(false))),
        register_as(root, norm,
                    torch::nn::BatchNorm2d(
                        torch::nn::BatchNorm2dOptions(options.out_channels()).eps(1e-3))));
  }
};

/// A depthwise convolution of stride 1 with dilation and zeros around the picture, as one without
/// dilation of every dilation-th row and column: oneDNN has no fast kernel for the former.
torch::Tensor dilated_depthwise(const torch::Tensor& x, const torch::Tensor& weight,
                                const torch::Tensor& bias, std::int64_t dilation) {
  const std::int64_t n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const std::int64_t rows = (height + dilation - 1) / dilation,
                     columns = (width + dilation - 1) / dilation;
  const torch::Tensor parts =
      torch::constant_pad_nd(x, {0, columns * dilation - width, 0, rows * dilation - height})
          .view({n, channels, rows, dilation, columns, dilation})
          .permute({3, 5, 0, 1, 2, 4})
          .reshape({dilation * dilation * n, channels, rows, columns});
  return torch::conv2d(parts, weight, bias, 1, weight.size(2) / 2, 1, channels)
      .view({dilation, dilation, n, channels, rows, columns})
      .permute({2, 3, 4, 0, 5, 1})
      .reshape({n, channels, rows * dilation, columns * dilation})
      .narrow(2, 0, height)
      .narrow(3, 0, width);
}

}  // namespace

EfficientNetLiteImpl::EfficientNetLiteImpl(int size, bool dilated,
                                           const weights::TensorFile& weights) {
  const auto factor = static_cast<std::size_t>(size);
  PublishedLayers published;
  std::int64_t in = 32, dilation = 1;
  published.add("_conv_stem", "_bn0", torch::nn::Conv2dOptions(3, in, 3).stride(2));
  for (std::size_t i = 0; i < kEfficientStages.size(); ++i) {
    const EfficientStage& stage = kEfficientStages[i];
    const bool repeats = i > 0 && i + 1 < kEfficientStages.size();
    const int blocks = repeats
                           ? static_cast<int>(std::ceil(stage.blocks * kDepthFactors.at(factor)))
                           : stage.blocks;
    const std::int64_t out =
        rounded_channels(static_cast<double>(stage.channels) * kChannelFactors.at(factor));
    for (int n = 0; n < blocks; ++n) {
      const std::string name = "_blocks." + std::to_string(blocks_.size()) + ".";
      const std::int64_t inside = in * stage.expansion;
      if (inside != in) {
        published.add(name + "_expand_conv", name + "_bn0",
                      torch::nn::Conv2dOptions(in, inside, 1));
      }
      // The convolution whose stride is taken away sees as far as before, the ones after it twice
      // as far.
      const bool strides = n == 0 && stage.stride == 2, widened = dilated && strides && i >= 3;
      published.add(name + "_depthwise_conv", name + "_bn1",
                    torch::nn::Conv2dOptions(inside, inside, stage.kernel)
                        .stride(strides && !widened ? 2 : 1)
                        .dilation(dilation)
                        .groups(inside));
      if (widened) dilation *= 2;
      published.add(name + "_project_conv", name + "_bn2",
                    torch::nn::Conv2dOptions(inside, out, 1));
      blocks_.push_back(
          {inside != in, in == out && !(n == 0 && stage.stride == 2), n + 1 == blocks});
      in = out;
    }
  }
  networks::load(published.root, weights);
  const torch::NoGradGuard no_gradients;
  for (auto& [convolution, norm] : published.layers) {
    const torch::Tensor scale = norm->weight * (norm->running_var + norm->options.eps()).rsqrt();
    const std::string number = std::to_string(layers_.size());
    layers_.push_back(
        {register_buffer("weight" + number, convolution->weight * scale.view({-1, 1, 1, 1})),
         register_buffer("bias" + number, norm->bias - norm->running_mean * scale),
         convolution->options.stride()->at(0), convolution->options.dilation()->at(0),
         convolution->options.groups()});
  }
}

// TensorFlow's "same" padding, which is one-sided where there is a stride.
torch::Tensor EfficientNetLiteImpl::Layer::operator()(const torch::Tensor& x) const {
  if (dilation > 1) return dilated_depthwise(x, weight, bias, dilation);
  const std::int64_t reach = dilation * (weight.size(2) - 1);
  std::vector<std::int64_t> on_both_sides = {reach / 2, reach / 2}, beyond;
  if (stride > 1) {
    for (const std::int64_t side : {x.size(3), x.size(2)}) {
      const std::int64_t outputs = (side + stride - 1) / stride;
      const auto missing = std::max<std::int64_t>(0, (outputs - 1) * stride + reach + 1 - side);
      beyond.insert(beyond.end(), {missing / 2, missing - missing / 2});
    }
    on_both_sides = {0, 0};
  }
  const std::vector<std::int64_t> strides = {stride, stride}, dilations = {dilation, dilation};
  return torch::conv2d(beyond.empty() ? x : torch::constant_pad_nd(x, beyond), weight, bias,
                       strides, on_both_sides, dilations, groups);
}

std::vector<torch::Tensor> EfficientNetLiteImpl::forward(const torch::Tensor& pictures) {
  // Not hardtanh, which has no gradients in bfloat16.
  const auto relu6 = [](const torch::Tensor& x) { return torch::clamp(x, 0, 6); };
  auto layer = layers_.begin();
  torch::Tensor x = relu6((*layer++)((pictures * 255 - 127) / 128));
  std::vector<torch::Tensor> maps;
  for (const Block& block : blocks_) {
    torch::Tensor y = block.expands ? relu6((*layer++)(x)) : x;
    y = relu6((*layer++)(y));
    y = (*layer++)(y);
    x = block.adds_input ? x + y : y;
    if (block.ends_stage) maps.push_back(x);
  }
  return maps;
}

}  // namespace lama::internal::networks

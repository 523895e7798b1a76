#include "networks/lpips.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <variant>

#include "networks/feature_layers.h"

namespace lama::internal::networks {
namespace {

/// SqueezeNet's module: 1x1 down, then 1x1 and 3x3 side by side.
struct Fire {
  ConvolutionRelu squeeze, expand1x1, expand3x3;

  at::Tensor operator()(const at::Tensor& input) const {
    const at::Tensor squeezed = squeeze(input);
    return at::cat({expand1x1(squeezed), expand3x3(squeezed)}, 1);
  }
};

struct MaxPool {
  std::int64_t size;
  bool partial;  ///< windows may reach beyond the border

  at::Tensor operator()(const at::Tensor& input) const {
    return at::max_pool2d(input, {size, size}, {2, 2}, {0, 0}, {1, 1}, partial);
  }
};

struct Tap {};  ///< the output here is compared

using Layer = std::variant<ConvolutionRelu, Fire, MaxPool, Tap>;

/// The feature layers of a classification network, by their numbers in torchvision's Sequential.
class Builder {
 public:
  explicit Builder(const plugin::Parameters& parameters) : parameters_(parameters) {}

  void convolution(int number, std::int64_t in, std::int64_t out, std::int64_t size,
                   std::int64_t stride, std::int64_t padding) {
    layers_.emplace_back(
        load("features." + std::to_string(number), in, out, size, stride, padding));
  }
  void fire(int number, std::int64_t in, std::int64_t squeezed, std::int64_t out) {
    const std::string name = "features." + std::to_string(number) + ".";
    layers_.emplace_back(Fire{load(name + "squeeze", in, squeezed, 1, 1, 0),
                              load(name + "expand1x1", squeezed, out, 1, 1, 0),
                              load(name + "expand3x3", squeezed, out, 3, 1, 1)});
  }
  void pool(std::int64_t size, bool partial = false) {
    layers_.emplace_back(MaxPool{size, partial});
  }
  void tap(std::int64_t channels) {
    layers_.emplace_back(Tap());
    channels_.push_back(channels);
  }

  std::vector<Layer> layers_;
  std::vector<std::int64_t> channels_;  ///< of each tap

 private:
  ConvolutionRelu load(const std::string& name, std::int64_t in, std::int64_t out,
                       std::int64_t size, std::int64_t stride, std::int64_t padding) const {
    const std::vector<std::int64_t> shape = {out, in, size, size};
    return {tensor_of(parameters_(name + ".weight", shape), shape),
            tensor_of(parameters_(name + ".bias", {out}), {out}),
            {stride, stride},
            {padding, padding}};
  }

  const plugin::Parameters& parameters_;
};

/// VGG-16, compared after the last ReLU before each pooling.
void build_vgg(Builder& builder) {
  int number = 0;
  std::int64_t in = 3;
  for (const auto& [convolutions, out] : {std::pair{2, 64}, std::pair{2, 128}, std::pair{3, 256},
                                          std::pair{3, 512}, std::pair{3, 512}}) {
    if (number > 0) {
      builder.pool(2);
      ++number;
    }
    for (int i = 0; i < convolutions; ++i, number += 2, in = out) {
      builder.convolution(number, in, out, 3, 1, 1);
    }
    builder.tap(out);
  }
}

void build_alex(Builder& builder) {
  builder.convolution(0, 3, 64, 11, 4, 2);
  builder.tap(64);
  builder.pool(3);
  builder.convolution(3, 64, 192, 5, 1, 2);
  builder.tap(192);
  builder.pool(3);
  builder.convolution(6, 192, 384, 3, 1, 1);
  builder.tap(384);
  builder.convolution(8, 384, 256, 3, 1, 1);
  builder.tap(256);
  builder.convolution(10, 256, 256, 3, 1, 1);
  builder.tap(256);
}

/// SqueezeNet 1.1.
void build_squeeze(Builder& builder) {
  builder.convolution(0, 3, 64, 3, 2, 0);
  builder.tap(64);
  builder.pool(3, true);
  builder.fire(3, 64, 16, 64);
  builder.fire(4, 128, 16, 64);
  builder.tap(128);
  builder.pool(3, true);
  builder.fire(6, 128, 32, 128);
  builder.fire(7, 256, 32, 128);
  builder.tap(256);
  builder.pool(3, true);
  builder.fire(9, 256, 48, 192);
  builder.tap(384);
  builder.fire(10, 384, 48, 192);
  builder.tap(384);
  builder.fire(11, 384, 64, 256);
  builder.tap(512);
  builder.fire(12, 512, 64, 256);
  builder.tap(512);
}

/// Every pixel's features at length 1.
at::Tensor normalised(const at::Tensor& features) {
  return features / (features.square().sum(1, true).sqrt() + 1e-10);
}

class LpipsOnAten : public plugin::Lpips {
 public:
  LpipsOnAten(const Builder& network, const plugin::Parameters& heads)
      : layers_(network.layers_),
        shift_(at::tensor({-.030F, -.088F, -.188F}).view({1, 3, 1, 1})),
        scale_(at::tensor({.458F, .448F, .450F}).view({1, 3, 1, 1})) {
    for (std::size_t i = 0; i < network.channels_.size(); ++i) {
      const std::vector<std::int64_t> shape = {1, network.channels_[i], 1, 1};
      heads_.push_back(
          tensor_of(heads("lin" + std::to_string(i) + ".model.1.weight", shape), shape));
    }
  }

  std::vector<float> distances(const Planes& truth,
                               std::span<const Planes* const> results) const override {
    return compute("LPIPS", [&] {
      std::vector<at::Tensor> expected;
      run(truth, [&](const at::Tensor& features) { expected.push_back(normalised(features)); });
      std::vector<float> list;
      for (const Planes* result : results) {
        double distance = 0;
        std::size_t level = 0;
        run(*result, [&](const at::Tensor& features) {
          const at::Tensor difference = (normalised(features) - expected[level]).square();
          distance += at::conv2d(difference, heads_[level]).mean().item<double>();
          ++level;
        });
        list.push_back(static_cast<float>(distance));
      }
      return list;
    });
  }

 private:
  /// Hands over the output at each tap, one at a time: all of them take much memory.
  template <typename Take>
  void run(const Planes& picture, Take&& take) const {
    at::Tensor x = (tensor_of(picture) * 2 - 1 - shift_) / scale_;
    for (const Layer& layer : layers_) {
      if (std::holds_alternative<Tap>(layer)) {
        take(x);
      } else {
        x = std::visit(
            [&](const auto& operation) -> at::Tensor {
              if constexpr (std::is_same_v<std::decay_t<decltype(operation)>, Tap>) {
                return x;
              } else {
                return operation(x);
              }
            },
            layer);
      }
    }
  }

  std::vector<Layer> layers_;
  std::vector<at::Tensor> heads_;
  at::Tensor shift_, scale_;
};

}  // namespace

std::unique_ptr<plugin::Lpips> make_lpips(plugin::LpipsNetwork network,
                                          const plugin::Parameters& backbone,
                                          const plugin::Parameters& heads) {
  return compute("LPIPS", [&]() -> std::unique_ptr<plugin::Lpips> {
    Builder builder(backbone);
    switch (network) {
      case plugin::LpipsNetwork::vgg:
        build_vgg(builder);
        break;
      case plugin::LpipsNetwork::alex:
        build_alex(builder);
        break;
      case plugin::LpipsNetwork::squeeze:
        build_squeeze(builder);
        break;
    }
    return std::make_unique<LpipsOnAten>(builder, heads);
  });
}

}  // namespace lama::internal::networks

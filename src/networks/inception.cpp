#include "networks/inception.h"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <cmath>
#include <functional>

#include "networks/feature_layers.h"

namespace lama::internal::networks {
namespace {

using Operation = std::function<at::Tensor(const at::Tensor&)>;

/// One operation after the other.
Operation chain(std::vector<Operation> operations) {
  return [operations = std::move(operations)](const at::Tensor& input) {
    at::Tensor x = input;
    for (const Operation& operation : operations) x = operation(x);
    return x;
  };
}

/// All on the same input, their channels one after the other.
Operation branches(std::vector<Operation> operations) {
  return [operations = std::move(operations)](const at::Tensor& input) {
    std::vector<at::Tensor> results;
    results.reserve(operations.size());
    for (const Operation& operation : operations) results.push_back(operation(input));
    return at::cat(results, 1);
  };
}

/// TensorFlow's average leaves out pixels beyond the border.
at::Tensor average(const at::Tensor& x) {
  return at::avg_pool2d(x, {3, 3}, {1, 1}, {1, 1}, false, /*count_include_pad=*/false);
}
at::Tensor maximum(const at::Tensor& x) { return at::max_pool2d(x, {3, 3}, {1, 1}, {1, 1}); }
at::Tensor shrink(const at::Tensor& x) { return at::max_pool2d(x, {3, 3}, {2, 2}); }

struct Size {
  std::int64_t height, width;
};

/// Builds the network's parts under the names of one block.
class Block {
 public:
  Block(const plugin::Parameters& parameters, std::string name)
      : parameters_(parameters), name_(std::move(name)) {}

  /// A convolution that keeps the size, its batch norm (eps 0.001) folded in, and a ReLU.
  Operation conv(const std::string& name, std::int64_t in, std::int64_t out, Size size) const {
    return load(name, in, out, size, 1, {size.height / 2, size.width / 2});
  }
  /// The same without padding, at every `stride`-th pixel.
  Operation valid(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t size,
                  std::int64_t stride) const {
    return load(name, in, out, {size, size}, stride, {0, 0});
  }

 private:
  Operation load(const std::string& name, std::int64_t in, std::int64_t out, Size size,
                 std::int64_t stride, Size padding) const {
    const std::string full = name_ + name;
    const std::vector<std::int64_t> shape = {out, in, size.height, size.width};
    std::vector<float> weight = parameters_(full + ".conv.weight", shape);
    std::vector<float> bias = parameters_(full + ".bn.bias", {out});
    const auto scale = parameters_(full + ".bn.weight", {out});
    const auto mean = parameters_(full + ".bn.running_mean", {out});
    const auto variance = parameters_(full + ".bn.running_var", {out});
    const std::size_t row = weight.size() / bias.size();
    for (std::size_t c = 0; c < bias.size(); ++c) {
      const double factor = scale[c] / std::sqrt(double{variance[c]} + 0.001);
      bias[c] = static_cast<float>(bias[c] - mean[c] * factor);
      for (std::size_t i = c * row; i < (c + 1) * row; ++i) {
        weight[i] = static_cast<float>(weight[i] * factor);
      }
    }
    return ConvolutionRelu{tensor_of(std::move(weight), shape),
                           tensor_of(std::move(bias), {out}),
                           {stride, stride},
                           {padding.height, padding.width}};
  }

  const plugin::Parameters& parameters_;
  std::string name_;
};

// The modules of Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016,
// under torchvision's letters.

Operation module_a(const Block& b, std::int64_t in, std::int64_t pooled) {
  return branches(
      {b.conv("branch1x1", in, 64, {1, 1}),
       chain({b.conv("branch5x5_1", in, 48, {1, 1}), b.conv("branch5x5_2", 48, 64, {5, 5})}),
       chain({b.conv("branch3x3dbl_1", in, 64, {1, 1}), b.conv("branch3x3dbl_2", 64, 96, {3, 3}),
              b.conv("branch3x3dbl_3", 96, 96, {3, 3})}),
       chain({average, b.conv("branch_pool", in, pooled, {1, 1})})});
}

Operation module_b(const Block& b, std::int64_t in) {
  return branches(
      {b.valid("branch3x3", in, 384, 3, 2),
       chain({b.conv("branch3x3dbl_1", in, 64, {1, 1}), b.conv("branch3x3dbl_2", 64, 96, {3, 3}),
              b.valid("branch3x3dbl_3", 96, 96, 3, 2)}),
       shrink});
}

Operation module_c(const Block& b, std::int64_t in, std::int64_t inner) {
  return branches(
      {b.conv("branch1x1", in, 192, {1, 1}),
       chain({b.conv("branch7x7_1", in, inner, {1, 1}), b.conv("branch7x7_2", inner, inner, {1, 7}),
              b.conv("branch7x7_3", inner, 192, {7, 1})}),
       chain({b.conv("branch7x7dbl_1", in, inner, {1, 1}),
              b.conv("branch7x7dbl_2", inner, inner, {7, 1}),
              b.conv("branch7x7dbl_3", inner, inner, {1, 7}),
              b.conv("branch7x7dbl_4", inner, inner, {7, 1}),
              b.conv("branch7x7dbl_5", inner, 192, {1, 7})}),
       chain({average, b.conv("branch_pool", in, 192, {1, 1})})});
}

Operation module_d(const Block& b, std::int64_t in) {
  return branches(
      {chain({b.conv("branch3x3_1", in, 192, {1, 1}), b.valid("branch3x3_2", 192, 320, 3, 2)}),
       chain({b.conv("branch7x7x3_1", in, 192, {1, 1}), b.conv("branch7x7x3_2", 192, 192, {1, 7}),
              b.conv("branch7x7x3_3", 192, 192, {7, 1}), b.valid("branch7x7x3_4", 192, 192, 3, 2)}),
       shrink});
}

Operation module_e(const Block& b, std::int64_t in, const Operation& pool) {
  return branches(
      {b.conv("branch1x1", in, 320, {1, 1}),
       chain({b.conv("branch3x3_1", in, 384, {1, 1}),
              branches({b.conv("branch3x3_2a", 384, 384, {1, 3}),
                        b.conv("branch3x3_2b", 384, 384, {3, 1})})}),
       chain({b.conv("branch3x3dbl_1", in, 448, {1, 1}), b.conv("branch3x3dbl_2", 448, 384, {3, 3}),
              branches({b.conv("branch3x3dbl_3a", 384, 384, {1, 3}),
                        b.conv("branch3x3dbl_3b", 384, 384, {3, 1})})}),
       chain({pool, b.conv("branch_pool", in, 192, {1, 1})})});
}

Operation inception(const plugin::Parameters& parameters) {
  const Block stem(parameters, "");
  const auto block = [&](const std::string& name) { return Block(parameters, name + "."); };
  return chain({stem.valid("Conv2d_1a_3x3", 3, 32, 3, 2), stem.valid("Conv2d_2a_3x3", 32, 32, 3, 1),
                stem.conv("Conv2d_2b_3x3", 32, 64, {3, 3}), shrink,
                stem.valid("Conv2d_3b_1x1", 64, 80, 1, 1),
                stem.valid("Conv2d_4a_3x3", 80, 192, 3, 1), shrink,
                module_a(block("Mixed_5b"), 192, 32), module_a(block("Mixed_5c"), 256, 64),
                module_a(block("Mixed_5d"), 288, 64), module_b(block("Mixed_6a"), 288),
                module_c(block("Mixed_6b"), 768, 128), module_c(block("Mixed_6c"), 768, 160),
                module_c(block("Mixed_6d"), 768, 160), module_c(block("Mixed_6e"), 768, 192),
                module_d(block("Mixed_7a"), 768), module_e(block("Mixed_7b"), 1280, average),
                // The TensorFlow network takes the maximum in its last module.
                module_e(block("Mixed_7c"), 2048, maximum)});
}

class InceptionOnAten : public plugin::Inception {
 public:
  explicit InceptionOnAten(const plugin::Parameters& parameters)
      : network_(inception(parameters)) {}

  std::vector<float> features(const Planes& picture) const override {
    return compute("Inception", [&] {
      const at::Tensor resized = at::upsample_bilinear2d(tensor_of(picture), {299, 299}, false);
      const at::Tensor mean = network_(resized * 2 - 1).mean({2, 3}).contiguous();
      const auto* values = mean.data_ptr<float>();
      return std::vector<float>(values, values + mean.numel());
    });
  }

 private:
  Operation network_;
};

}  // namespace

std::unique_ptr<plugin::Inception> make_inception(const plugin::Parameters& parameters) {
  return compute("Inception", [&]() -> std::unique_ptr<plugin::Inception> {
    return std::make_unique<InceptionOnAten>(parameters);
  });
}

}  // namespace lama::internal::networks

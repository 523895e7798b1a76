#include "engine/folding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <variant>

#include "base/error.h"

namespace lama::internal::engine {
namespace {

constexpr double kEpsilon = 1e-5;  // of both norms, as published

/// The weights between channels of different groups: at most so many, because an FFC layer's
/// spectral transform has fewer than a convolution.
class Zeros {
 public:
  void operator()(const model::ConvolutionLayer& layer) {
    if (layer.separable) return;
    for (const model::ConvolutionBranch& branch : layer.branches) {
      add(branch.in, branch.out, layer.kernel, layer.groups);
    }
  }
  void operator()(const model::FfcLayer& layer) {
    add(layer.in(), layer.out(), layer.kernel, layer.groups);
  }
  void operator()(const model::FfcBlock& block) {
    for (const model::FfcLayer& layer : block.layers) (*this)(layer);
  }
  void operator()(const model::ConvolutionBlock& block) {
    for (const model::ConvolutionLayer& layer : block.layers) (*this)(layer);
  }
  void operator()(const model::UpsampleLayer& /*layer*/) {}

  double count() const { return count_; }

 private:
  void add(double in, double out, double kernel, double groups) {
    count_ += in * out * kernel * kernel * (1 - 1 / groups);
  }
  double count_ = 0;
};

}  // namespace

Border border(model::Padding padding) {
  switch (padding) {
    case model::Padding::reflect:
      return Border::reflect;
    case model::Padding::zero:
      return Border::zero;
    case model::Padding::replicate:
      return Border::replicate;
    case model::Padding::circular:
      return Border::circular;
  }
  return Border::reflect;
}

Affine Affine::identity(std::size_t channels) {
  return {std::vector<float>(channels, 1.0F), std::vector<float>(channels, 0.0F)};
}

void Affine::take(const std::vector<float>& bias) {
  for (std::size_t i = 0; i < bias.size(); ++i) shift[i] += bias[i] * scale[i];
}

Affine fold(const weights::TensorFile& tensors, const model::Norm& norm, std::size_t channels) {
  Affine affine = Affine::identity(channels);
  if (norm.kind != model::NormKind::batch) return affine;
  const std::string& name = norm.name;
  if (norm.affine) affine = {tensors.read(name + ".weight"), tensors.read(name + ".bias")};
  const auto mean = tensors.read(name + ".running_mean"),
             variance = tensors.read(name + ".running_var");
  for (std::size_t i = 0; i < channels; ++i) {
    if (variance[i] < 0) {
      throw Error(
          fmt::format("{}: {}.running_var[{}] is {}: a variance cannot be negative; the weights "
                      "are damaged",
                      tensors.name(), name, i, variance[i]));
    }
    const double scale = affine.scale[i] / std::sqrt(double{variance[i]} + kEpsilon);
    affine.scale[i] = static_cast<float>(scale);
    affine.shift[i] = static_cast<float>(affine.shift[i] - mean[i] * scale);
  }
  return affine;
}

void require_few_zeros(const model::Architecture& architecture, const std::string& file) {
  // 15 residual blocks of depthwise convolutions have 71 million at 512 channels.
  constexpr double kMost = 1 << 28;
  Zeros zeros;
  for (const model::Layer& layer : architecture.layers) std::visit(zeros, layer);
  if (zeros.count() <= kMost) return;
  throw Error(fmt::format(
      "{}: its convolutions have so many groups that they would take {:.0f} GB more in memory than "
      "in the file: more than any published network",
      file, zeros.count() * sizeof(float) * 1e-9));
}

std::vector<float> dense_weights(const weights::TensorFile& tensors, const std::string& name,
                                 std::size_t out, std::size_t in, std::size_t kernel,
                                 std::size_t groups) {
  std::vector<float> weights = tensors.read(name + ".weight");
  if (groups == 1) return weights;
  const std::size_t part = in / groups, area = kernel * kernel;
  std::vector<float> dense(out * in * area);
  for (std::size_t o = 0; o < out; ++o) {
    const std::size_t first = o / (out / groups) * part;
    std::copy_n(weights.data() + o * part * area, part * area,
                dense.data() + (o * in + first) * area);
  }
  return dense;
}

void append(std::vector<Tap>& taps, std::vector<Tap> more) {
  std::move(more.begin(), more.end(), std::back_inserter(taps));
}

InstanceNorm::InstanceNorm(const weights::TensorFile& tensors, const model::Norm& norm) {
  if (!norm.affine) return;
  weight_ = tensors.read(norm.name + ".weight");
  bias_ = tensors.read(norm.name + ".bias");
}

void InstanceNorm::run(const View<float>& x, bool relu, Workers& workers) const {
  // Channels, not pixels, are divided between the threads: a sum has one order then.
  constexpr std::size_t kChannels = 16;
  const std::size_t groups = (x.channels + kChannels - 1) / kChannels;
  const std::size_t pixels = x.height * x.width;
  workers.run("instance norm", x.batch * groups, [&](std::size_t task, int) {
    const std::size_t first = task % groups * kChannels;
    const std::size_t count = std::min(kChannels, x.channels - first);
    const std::size_t begin = task / groups * pixels;
    double sum[kChannels] = {}, squares[kChannels] = {};
    for (std::size_t i = begin; i < begin + pixels; ++i) {
      for (std::size_t c = 0; c < count; ++c) sum[c] += x.pixel(i)[first + c];
    }
    for (std::size_t c = 0; c < count; ++c) sum[c] /= static_cast<double>(pixels);
    for (std::size_t i = begin; i < begin + pixels; ++i) {
      for (std::size_t c = 0; c < count; ++c) {
        const double distance = x.pixel(i)[first + c] - sum[c];
        squares[c] += distance * distance;
      }
    }
    float scale[kChannels], shift[kChannels];
    for (std::size_t c = 0; c < count; ++c) {
      const double weight = weight_.empty() ? 1 : weight_[first + c];
      const double factor = weight / std::sqrt(squares[c] / static_cast<double>(pixels) + kEpsilon);
      scale[c] = static_cast<float>(factor);
      shift[c] = static_cast<float>((bias_.empty() ? 0 : bias_[first + c]) - sum[c] * factor);
    }
    for (std::size_t i = begin; i < begin + pixels; ++i) {
      float* values = x.pixel(i) + first;
      for (std::size_t c = 0; c < count; ++c) {
        const float value = values[c] * scale[c] + shift[c];
        values[c] = relu ? std::max(value, 0.0F) : value;
      }
    }
  });
}

}  // namespace lama::internal::engine

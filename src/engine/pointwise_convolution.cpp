#include "engine/pointwise_convolution.h"

#include <algorithm>
#include <array>

namespace lama::internal::engine {

PointwiseConvolution::PointwiseConvolution(std::span<const std::vector<float>> weights,
                                           std::span<const float> bias, bool relu,
                                           Precision precision)
    : relu_(relu) {
  std::vector<float> all;
  for (const std::vector<float>& part : weights) {
    input_channels_.push_back(part.size() / bias.size());
    all.insert(all.end(), part.begin(), part.end());
  }
  weights_ = PackedWeights(all.data(), all.size() / bias.size(), bias.size(), precision);
  bias_ = padded_bias(bias, weights_);
}

void PointwiseConvolution::run(std::span<const View<const float>> inputs, const View<float>& out,
                               float* scratch) const {
  const std::size_t count_of_inputs = input_channels_.size(), pixels = out.pixels();
  for (std::size_t begin = 0; begin < pixels; begin += kGemmPixels) {
    const std::size_t count = std::min(kGemmPixels, pixels - begin);
    std::array<const float*, 2 * kGemmPixels> sources;
    std::array<float*, kGemmPixels> outputs;
    for (std::size_t p = 0; p < count; ++p) {
      for (std::size_t i = 0; i < count_of_inputs; ++i) {
        sources[i * count + p] = inputs[i].pixel(begin + p);
      }
      outputs[p] = out.pixel(begin + p);
    }
    engine::run(Gemm{.pixels = count,
                     .taps = count_of_inputs,
                     .tap_channels = input_channels_.data(),
                     .sources = sources.data(),
                     .weights = &weights_,
                     .bias = bias_.data(),
                     .relu = relu_,
                     .outputs = outputs.data(),
                     .residuals = nullptr,
                     .begin_panel = 0,
                     .end_panel = weights_.panels(),
                     .scratch = scratch});
  }
}

double PointwiseConvolution::multiplications(std::size_t pixels) const {
  return static_cast<double>(pixels * weights_.n()) * static_cast<double>(weights_.k());
}

}  // namespace lama::internal::engine

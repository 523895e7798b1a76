#include "engine/convolution.h"

#include <utility>

#include "engine/convolution_method.h"

namespace lama::internal::engine {
namespace {

std::unique_ptr<const ConvolutionMethod> choose_method(const ConvolutionSpec& spec) {
  const std::vector<std::size_t> inputs = winograd_inputs(spec);
  if (!inputs.empty()) return winograd_convolution(spec, inputs);
  if (square_kernel(spec.taps) > 1) {
    if (spec.stride == 1 && spec.outputs() <= kFewChannels) return few_outputs_convolution(spec);
    if (spec.inputs_of(spec.taps.front()) <= kFewChannels) return few_inputs_convolution(spec);
  }
  return gathered_convolution(spec);
}

}  // namespace

Convolution::Convolution(const std::vector<Tap>& taps, std::span<const float> bias, int stride,
                         Border border, bool relu, Precision precision, const char* stage)
    : stride_(stride),
      method_(choose_method({taps, bias, stride, border, relu, precision, stage})) {}

Region Convolution::needs(const Region& output, std::size_t height, std::size_t width) const {
  return method_->needs(output, height, width);
}

double Convolution::multiplications(std::size_t pixels) const {
  return method_->multiplications(pixels);
}

Scratch Convolution::scratch(std::size_t batch, std::size_t height, std::size_t width) const {
  return method_->scratch(batch, height, width);
}

void Convolution::run(std::span<const View<const float>> inputs, const Target& target,
                      const View<const float>& residual, Workers& workers) const {
  const std::size_t height = inputs.front().height, width = inputs.front().width;
  const auto stride = static_cast<std::size_t>(stride_);
  run(inputs,
      {.height = height,
       .width = width,
       .input = {0, 0, height, width},
       .output = {0, 0, (height + stride - 1) / stride, (width + stride - 1) / stride}},
      target, residual, workers);
}

void Convolution::run(std::span<const View<const float>> inputs, const Window& window,
                      const Target& target, const View<const float>& residual,
                      Workers& workers) const {
  if (window.output.pixels() == 0 || inputs.front().batch == 0) return;
  method_->run(inputs, window, target, residual, workers);
}

std::vector<Tap> convolution_taps(std::size_t input, std::span<const float> weights,
                                  std::size_t out, std::size_t in, int kernel,
                                  std::span<const float> scale, int dilation) {
  const auto size = static_cast<std::size_t>(kernel);
  std::vector<Tap> taps;
  for (int ky = 0; ky < kernel; ++ky) {
    for (int kx = 0; kx < kernel; ++kx) {
      Tap tap{input, (ky - kernel / 2) * dilation, (kx - kernel / 2) * dilation,
              std::vector<float>(in * out)};
      const std::size_t at = static_cast<std::size_t>(ky) * size + static_cast<std::size_t>(kx);
      for (std::size_t o = 0; o < out; ++o) {
        for (std::size_t i = 0; i < in; ++i) {
          tap.weights[i * out + o] = weights[(o * in + i) * size * size + at] * scale[o];
        }
      }
      taps.push_back(std::move(tap));
    }
  }
  return taps;
}

std::vector<Tap> transposed_taps(std::span<const float> weights, std::size_t in, std::size_t out,
                                 int phase_y, int phase_x, std::span<const float> scale) {
  // Result row 2y + phase takes kernel row k from input row y + delta where
  // 2 (y + delta) - 1 + k = 2y + phase.
  struct Part {
    int delta, k;
  };
  const auto parts = [](int phase) {
    return phase == 0 ? std::vector<Part>{{0, 1}} : std::vector<Part>{{0, 2}, {1, 0}};
  };
  std::vector<Tap> taps;
  for (const Part row : parts(phase_y)) {
    for (const Part column : parts(phase_x)) {
      Tap tap{0, row.delta, column.delta, std::vector<float>(in * out)};
      const auto at = static_cast<std::size_t>(row.k * 3 + column.k);
      for (std::size_t i = 0; i < in; ++i) {
        for (std::size_t o = 0; o < out; ++o) {
          tap.weights[i * out + o] = weights[(i * out + o) * 9 + at] * scale[o];
        }
      }
      taps.push_back(std::move(tap));
    }
  }
  return taps;
}

}  // namespace lama::internal::engine

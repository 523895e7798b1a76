// A wide kernel over few channels: the network's first layer. In a copy of the input with its
// border, the pixels under a row of the kernel are neighbours in memory: one tap with kernel *
// channels channels instead of `kernel` taps. The sum has the same order, and the weights are in it
// already.
#include <algorithm>
#include <vector>

#include "engine/convolution_method.h"
#include "engine/gathered_product.h"
#include "engine/positions.h"

namespace lama::internal::engine {
namespace {

class FewInputsConvolution : public ConvolutionMethod {
 public:
  explicit FewInputsConvolution(const ConvolutionSpec& spec)
      : ConvolutionMethod(spec, stage_of_size(spec)),
        kernel_(square_kernel(spec.taps)),
        inputs_(spec.inputs_of(spec.taps.front())),
        product_(spec, stage_, std::vector<std::size_t>(kernel_, kernel_ * inputs_)) {}

  void run(Inputs inputs, const Window& window, const Convolution::Target& target,
           const View<const float>& residual, Workers& workers) const override {
    const View<const float>& input = inputs.front();
    const Region& out = window.output;
    const auto stride = static_cast<std::size_t>(stride_);
    const int half = static_cast<int>(kernel_ / 2);
    const std::size_t height = padded(out.height), width = padded(out.width);
    const auto rows = positions(out.y * stride, height, window.height, 1, -half, border_);
    const auto columns = positions(out.x * stride, width, window.width, 1, -half, border_);
    float* copy = workers.shared(input.batch * height * width * inputs_);
    workers.run("borders", input.batch * height, [&](std::size_t row, int) {
      float* to = copy + row * width * inputs_;
      for (std::size_t x = 0; x < width; ++x) {
        const float* from =
            source(input, window.input, row / height, rows[row % height], columns[x]);
        to = std::copy_n(from, inputs_, to);
      }
    });

    const GatheredProduct::Gather gather = [&](std::size_t n, std::size_t y, std::size_t x,
                                               const float** sources, std::size_t step) {
      for (std::size_t k = 0; k < kernel_; ++k) {
        sources[k * step] = copy + ((n * height + y * stride + k) * width + x * stride) * inputs_;
      }
    };
    product_.run(gather, input.batch, out, target, residual, workers);
  }

  double multiplications(std::size_t pixels) const override {
    return product_.multiplications(pixels);
  }
  Scratch scratch(std::size_t batch, std::size_t height, std::size_t width) const override {
    return {batch * padded(height) * padded(width) * inputs_, product_.scratch()};
  }

 private:
  /// The side of the input, with its border, under so many output pixels.
  std::size_t padded(std::size_t side) const {
    return (side - 1) * static_cast<std::size_t>(stride_) + kernel_;
  }

  std::size_t kernel_, inputs_;
  GatheredProduct product_;
};

}  // namespace

std::unique_ptr<const ConvolutionMethod> few_inputs_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<FewInputsConvolution>(spec);
}

}  // namespace lama::internal::engine

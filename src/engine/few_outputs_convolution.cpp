// A wide kernel with few output channels, too few for the lanes of the matrix product: the
// network's last layer. The product computes, for each input pixel and each column of the kernel,
// the part of the result that this pixel gives under that column; a result pixel is the sum along
// its row:
//
//   products   [ . | . | . ]   of pixel x - 1, columns 0, 1, 2, each with all output channels
//              [ . | . | . ]   of pixel x
//              [ . | . | . ]   of pixel x + 1
//                \___ \___ \__ result x = column 0 of x - 1 + column 1 of x + column 2 of x + 1
#include <algorithm>
#include <array>
#include <vector>

#include "engine/convolution_method.h"
#include "engine/gathered_product.h"
#include "engine/positions.h"

namespace lama::internal::engine {
namespace {

/// Weights [ky][kx][in][out] as [ky][in][kx][out].
std::vector<float> by_column(const std::vector<float>& weights, std::size_t kernel, std::size_t in,
                             std::size_t out) {
  std::vector<float> reordered(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t o = i % out, c = i / out % in, kx = i / out / in % kernel;
    const std::size_t ky = i / out / in / kernel;
    reordered[((ky * in + c) * kernel + kx) * out + o] = weights[i];
  }
  return reordered;
}

class FewOutputsConvolution : public ConvolutionMethod {
 public:
  explicit FewOutputsConvolution(const ConvolutionSpec& spec)
      : ConvolutionMethod(spec, stage_of_size(spec)),
        kernel_(square_kernel(spec.taps)),
        tap_channels_(kernel_, spec.inputs_of(spec.taps.front())),
        bias_(spec.bias.begin(), spec.bias.end()) {
    const std::size_t in = tap_channels_.front();
    const std::vector<float> all = by_column(all_weights(spec.taps), kernel_, in, channels_);
    weights_ = PackedWeights(all.data(), kernel_ * in, kernel_ * channels_, spec.precision);
    no_bias_ = AlignedBuffer(weights_.panels() * weights_.panel_width());
    std::fill_n(no_bias_.data(), no_bias_.size(), 0.0F);
  }

  void run(Inputs inputs, const Window& window, const Convolution::Target& target,
           const View<const float>& residual, Workers& workers) const override {
    const View<const float>& input = inputs.front();
    const Region& out = window.output;
    const int half = static_cast<int>(kernel_ / 2);
    const std::size_t width = out.width + kernel_ - 1;
    std::vector<std::vector<std::ptrdiff_t>> rows;
    rows.reserve(kernel_);
    for (std::size_t k = 0; k < kernel_; ++k) {
      rows.push_back(
          positions(out.y, out.height, window.height, 1, static_cast<int>(k) - half, border_));
    }
    const auto along = positions(out.x, width, window.width, 1, -half, border_);
    workers.count(stage_, multiplications(input.batch * out.pixels()));
    workers.run(stage_, input.batch * out.height, [&](std::size_t row, int worker) {
      const std::size_t n = row / out.height, y = row % out.height;
      float* scratch = workers.own(worker, product_scratch(weights_) + width * weights_.n());
      float* products = scratch + product_scratch(weights_);
      for (std::size_t begin = 0; begin < width; begin += kGemmPixels) {
        const std::size_t count = std::min(kGemmPixels, width - begin);
        const float** sources = workers.pointers(worker, kernel_ * count);
        std::array<float*, kGemmPixels> to;
        for (std::size_t p = 0; p < count; ++p) {
          for (std::size_t k = 0; k < kernel_; ++k) {
            sources[k * count + p] = source(input, window.input, n, rows[k][y], along[begin + p]);
          }
          to[p] = products + (begin + p) * weights_.n();
        }
        engine::run(Gemm{.pixels = count,
                         .taps = kernel_,
                         .tap_channels = tap_channels_.data(),
                         .sources = sources,
                         .weights = &weights_,
                         .bias = no_bias_.data(),
                         .relu = false,
                         .outputs = to.data(),
                         .residuals = nullptr,
                         .begin_panel = 0,
                         .end_panel = weights_.panels(),
                         .scratch = scratch});
      }
      for (std::size_t x = 0; x < out.width; ++x) {
        const std::size_t to = pixel_of(target, n, y, x);
        sum_columns(products + x * weights_.n(),
                    residual.data == nullptr ? nullptr : residual.pixel(to), target.view.pixel(to));
      }
    });
  }

  double multiplications(std::size_t pixels) const override {
    return static_cast<double>(pixels * channels_) * static_cast<double>(weights_.k() * kernel_);
  }
  Scratch scratch(std::size_t /*batch*/, std::size_t /*height*/, std::size_t width) const override {
    return {0, (width + kernel_ - 1) * weights_.n() + product_scratch(weights_)};
  }

 private:
  /// One pixel of the result from the products of the pixels beside it.
  void sum_columns(const float* products, const float* residual, float* out) const {
    for (std::size_t o = 0; o < channels_; ++o) {
      float sum = bias_[o];
      for (std::size_t k = 0; k < kernel_; ++k) {
        sum += products[k * weights_.n() + k * channels_ + o];
      }
      if (relu_) sum = std::max(sum, 0.0F);
      if (residual != nullptr) sum += residual[o];
      out[o] = sum;
    }
  }

  std::size_t kernel_;
  std::vector<std::size_t> tap_channels_;
  std::vector<float> bias_;
  PackedWeights weights_;
  AlignedBuffer no_bias_;  // of the products
};

}  // namespace

std::unique_ptr<const ConvolutionMethod> few_outputs_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<FewOutputsConvolution>(spec);
}

}  // namespace lama::internal::engine

// Wide kernels between many channels and few: the network's first and last layer. What is in short
// supply there are channels for the lanes of the matrix product, so columns of the kernel take
// part.
#include <algorithm>
#include <vector>

#include "engine/convolution.h"
#include "engine/positions.h"

namespace lama::engine {

// Few input channels. In a copy of the input with its border, the pixels under a row of the kernel
// are neighbours in memory: one tap with kernel * channels channels instead of `kernel` taps. The
// sum has the same order, and the weights are in it already.
void Convolution::run_few_inputs(Inputs inputs, const Window& window, const Target& target,
                                 const View<const float>& residual, Workers& workers) const {
  const View<const float>& input = inputs.front();
  const Region& out = window.output;
  const auto stride = static_cast<std::size_t>(stride_);
  const std::size_t kernel = kernel_, channels = input.channels;
  const int half = static_cast<int>(kernel / 2);
  const std::size_t height = (out.height - 1) * stride + kernel;
  const std::size_t width = (out.width - 1) * stride + kernel;
  const auto rows = positions(out.y * stride, height, window.height, 1, -half, border_);
  const auto columns = positions(out.x * stride, width, window.width, 1, -half, border_);
  float* padded = workers.shared(input.batch * height * width * channels);
  workers.run("borders", input.batch * height, [&](std::size_t row, int) {
    float* to = padded + row * width * channels;
    for (std::size_t x = 0; x < width; ++x) {
      const float* from = source(input, window.input, row / height, rows[row % height], columns[x]);
      to = std::copy_n(from, channels, to);
    }
  });

  const auto gather = [&](std::size_t n, std::size_t y, std::size_t x, const float** sources,
                          std::size_t step) {
    for (std::size_t k = 0; k < kernel; ++k) {
      sources[k * step] = padded + ((n * height + y * stride + k) * width + x * stride) * channels;
    }
  };
  const std::vector<std::size_t> tap_channels(kernel, kernel * channels);
  multiply(tap_channels, gather, input.batch, out, target, residual, workers);
}

// Few output channels. The product computes, for each input pixel and each column of the kernel,
// what that pixel gives to the result under that column; a result pixel is the sum along its row:
//
//   products   [ . | . | . ]   of pixel x - 1, columns 0, 1, 2, each with all output channels
//              [ . | . | . ]   of pixel x
//              [ . | . | . ]   of pixel x + 1
//                \___ \___ \__ result x = column 0 of x - 1 + column 1 of x + column 2 of x + 1
void Convolution::run_few_outputs(Inputs inputs, const Window& window, const Target& target,
                                  const View<const float>& residual, Workers& workers) const {
  const View<const float>& input = inputs.front();
  const Region& out = window.output;
  const std::size_t kernel = kernel_, outputs = channels(), columns = weights_.n();
  const int half = static_cast<int>(kernel / 2);
  const std::size_t width = out.width + kernel - 1;
  std::vector<std::vector<std::ptrdiff_t>> rows;
  for (std::size_t k = 0; k < kernel; ++k) {
    rows.push_back(
        positions(out.y, out.height, window.height, 1, static_cast<int>(k) - half, border_));
  }
  const auto along = positions(out.x, width, window.width, 1, -half, border_);
  const AlignedBuffer zeros = [&] {
    AlignedBuffer none(weights_.panels() * weights_.panel_width());
    std::fill_n(none.data(), none.size(), 0.0F);
    return none;
  }();
  workers.count(stage_, multiplications(input.batch * out.pixels()));
  workers.run(stage_, input.batch * out.height, [&](std::size_t row, int worker) {
    const std::size_t n = row / out.height, y = row % out.height;
    float* scratch = workers.own(worker, pixels_scratch() + width * columns);
    float* products = scratch + pixels_scratch();
    for (std::size_t begin = 0; begin < width; begin += kGemmPixels) {
      const std::size_t count = std::min(kGemmPixels, width - begin);
      std::vector<const float*> sources(kernel * count);
      std::vector<float*> to(count);
      for (std::size_t p = 0; p < count; ++p) {
        for (std::size_t k = 0; k < kernel; ++k) {
          sources[k * count + p] = source(input, window.input, n, rows[k][y], along[begin + p]);
        }
        to[p] = products + (begin + p) * columns;
      }
      engine::run(Gemm{.pixels = count,
                       .taps = kernel,
                       .tap_channels = tap_channels_.data(),
                       .sources = sources.data(),
                       .weights = &weights_,
                       .bias = zeros.data(),
                       .relu = false,
                       .outputs = to.data(),
                       .residuals = nullptr,
                       .begin_panel = 0,
                       .end_panel = weights_.panels(),
                       .scratch = scratch});
    }
    for (std::size_t x = 0; x < out.width; ++x) {
      const std::size_t to = pixel_of(target, n, y, x);
      for (std::size_t o = 0; o < outputs; ++o) {
        float sum = bias_.data()[o];
        for (std::size_t k = 0; k < kernel; ++k)
          sum += products[(x + k) * columns + k * outputs + o];
        if (relu_) sum = std::max(sum, 0.0F);
        if (residual.data != nullptr) sum += residual.pixel(to)[o];
        target.view.pixel(to)[o] = sum;
      }
    }
  });
}

}  // namespace lama::engine

// Convolutions of any kind: pixels under the kernel are gathered by pointers.
#include <algorithm>
#include <vector>

#include "engine/convolution.h"
#include "engine/positions.h"

namespace lama::engine {

void Convolution::run_gathered(Inputs inputs, const Window& window, const Target& target,
                               const View<const float>& residual, Workers& workers) const {
  const Region& out = window.output;
  std::vector<std::vector<std::ptrdiff_t>> rows, columns;
  for (const Position& tap : positions_) {
    rows.push_back(positions(out.y, out.height, window.height, stride_, tap.dy, border_));
    columns.push_back(positions(out.x, out.width, window.width, stride_, tap.dx, border_));
  }
  const auto gather = [&](std::size_t n, std::size_t y, std::size_t x, const float** sources,
                          std::size_t step) {
    for (std::size_t t = 0; t < positions_.size(); ++t) {
      sources[t * step] =
          source(inputs[positions_[t].input], window.input, n, rows[t][y], columns[t][x]);
    }
  };
  multiply(tap_channels_, gather, inputs.front().batch, out, target, residual, workers);
}

void Convolution::multiply(std::span<const std::size_t> tap_channels, const Gather& gather,
                           std::size_t batch, const Region& out, const Target& target,
                           const View<const float>& residual, Workers& workers) const {
  const std::size_t pixels = batch * out.pixels(), taps = tap_channels.size();
  // A task is a run of pixels times a group of panels. One group is best, because the pixels'
  // pointers are then made once; small pictures need more to feed all threads evenly.
  const std::size_t chunks = (pixels + kGemmPixels - 1) / kGemmPixels;
  const std::size_t wanted = 4 * static_cast<std::size_t>(workers.threads());
  const std::size_t groups = std::clamp<std::size_t>(
      (wanted + chunks - 1) / chunks, 1, workers.threads() == 1 ? 1 : weights_.panels());
  workers.count(stage_, multiplications(pixels));
  workers.run(stage_, chunks * groups, [&](std::size_t task, int worker) {
    const std::size_t begin = task / groups * kGemmPixels, group = task % groups;
    const std::size_t count = std::min(kGemmPixels, pixels - begin);
    std::vector<const float*> sources(taps * count);
    std::vector<float*> outputs(count);
    std::vector<const float*> residuals(residual.data == nullptr ? 0 : count);
    std::size_t n = begin / out.pixels();
    std::size_t y = begin / out.width % out.height, x = begin % out.width;
    for (std::size_t p = 0; p < count; ++p) {
      gather(n, y, x, &sources[p], count);
      const std::size_t to = pixel_of(target, n, y, x);
      outputs[p] = target.view.pixel(to);
      if (residual.data != nullptr) residuals[p] = residual.pixel(to);
      if (++x == out.width) {
        x = 0;
        if (++y == out.height) {
          y = 0;
          ++n;
        }
      }
    }
    engine::run(Gemm{.pixels = count,
                     .taps = taps,
                     .tap_channels = tap_channels.data(),
                     .sources = sources.data(),
                     .weights = &weights_,
                     .bias = bias_.data(),
                     .relu = relu_,
                     .outputs = outputs.data(),
                     .residuals = residuals.empty() ? nullptr : residuals.data(),
                     .begin_panel = group * weights_.panels() / groups,
                     .end_panel = (group + 1) * weights_.panels() / groups,
                     .scratch = workers.own(worker, pixels_scratch())});
  });
}

void Convolution::run_pixels(Inputs inputs, const View<float>& out, float* scratch) const {
  const std::size_t taps = positions_.size(), pixels = out.pixels();
  for (std::size_t begin = 0; begin < pixels; begin += kGemmPixels) {
    const std::size_t count = std::min(kGemmPixels, pixels - begin);
    std::vector<const float*> sources(taps * count);
    std::vector<float*> outputs(count);
    for (std::size_t p = 0; p < count; ++p) {
      for (std::size_t t = 0; t < taps; ++t) {
        sources[t * count + p] = inputs[positions_[t].input].pixel(begin + p);
      }
      outputs[p] = out.pixel(begin + p);
    }
    engine::run(Gemm{.pixels = count,
                     .taps = taps,
                     .tap_channels = tap_channels_.data(),
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

}  // namespace lama::engine

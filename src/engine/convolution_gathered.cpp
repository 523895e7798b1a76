// Convolutions of any kind: pixels under the kernel are gathered by pointers.
#include <algorithm>
#include <vector>

#include "engine/convolution.h"
#include "engine/positions.h"

namespace lama::engine {

void Convolution::run_gathered(Inputs inputs, const Window& window, const Target& target,
                               const View<const float>& residual, Workers& workers) const {
  const Region& out = window.output;
  const std::size_t pixels = inputs.front().batch * out.pixels();
  const std::size_t taps = positions_.size();

  std::vector<std::vector<std::ptrdiff_t>> rows, columns;
  for (const Position& tap : positions_) {
    rows.push_back(positions(out.y, out.height, window.height, stride_, tap.dy, border_));
    columns.push_back(positions(out.x, out.width, window.width, stride_, tap.dx, border_));
  }

  // A task is a run of pixels times a group of panels. One group is best, because the pixels'
  // pointers are then made once; small pictures need more to feed all threads evenly.
  const std::size_t chunks = (pixels + kGemmPixels - 1) / kGemmPixels;
  const std::size_t wanted = 4 * static_cast<std::size_t>(workers.threads());
  const std::size_t groups = std::clamp<std::size_t>(
      (wanted + chunks - 1) / chunks, 1, workers.threads() == 1 ? 1 : weights_.panels());
  workers.count(stage_, multiplications(pixels));
  workers.run(stage_, chunks * groups, [&](std::size_t task, int) {
    const std::size_t begin = task / groups * kGemmPixels, group = task % groups;
    const std::size_t count = std::min(kGemmPixels, pixels - begin);
    std::vector<const float*> sources(taps * count);
    std::vector<float*> outputs(count);
    std::vector<const float*> residuals(residual.data == nullptr ? 0 : count);
    std::size_t n = begin / out.pixels();
    std::size_t y = begin / out.width % out.height, x = begin % out.width;
    for (std::size_t p = 0; p < count; ++p) {
      for (std::size_t t = 0; t < taps; ++t) {
        sources[t * count + p] =
            source(inputs[positions_[t].input], window.input, n, rows[t][y], columns[t][x]);
      }
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
                     .tap_channels = tap_channels_.data(),
                     .sources = sources.data(),
                     .weights = &weights_,
                     .bias = bias_.data(),
                     .relu = relu_,
                     .outputs = outputs.data(),
                     .residuals = residuals.empty() ? nullptr : residuals.data(),
                     .begin_panel = group * weights_.panels() / groups,
                     .end_panel = (group + 1) * weights_.panels() / groups});
  });
}

}  // namespace lama::engine

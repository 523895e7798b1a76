// 3x3 convolutions with stride 1, perhaps summed with others: tiles, in blocks that fit a core's
// cache.
#include <algorithm>
#include <vector>

#include "engine/convolution.h"
#include "engine/kernels/winograd.h"
#include "engine/positions.h"

namespace lama::engine {
namespace {

/// One direction of the tiles that cover a part of the result.
struct Tiles {
  Tiles(std::size_t begin, std::size_t end, std::size_t size, Border border)
      : first(begin / kWinogradTile), count((end + kWinogradTile - 1) / kWinogradTile - first) {
    inputs = positions(first * kWinogradTile, count * kWinogradTile + 2, size, 1, -1, border);
    // What lies further out has no part in any pixel of the map.
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (first * kWinogradTile + i > size + 1) inputs[i] = kOutside;
    }
  }

  std::size_t first, count;
  std::vector<std::ptrdiff_t> inputs;  // the tiles' 6 positions begin at 4 * tile
};

}  // namespace

void Convolution::run_winograd(Inputs inputs, const Window& window, const Target& target,
                               const View<const float>& residual, Workers& workers) const {
  const WinogradWeights transform(winograd_taps_, precision_);
  float* transformed = workers.shared(transform.floats());
  workers.run("3x3 Winograd, weights", transform.parts(),
              [&](std::size_t part, int) { transform.transform(part, transformed); });

  // Tiles lie on the map's grid, whatever part of it is computed.
  const Region& out = window.output;
  const Tiles rows(out.y, out.bottom(), window.height, border_);
  const Tiles columns(out.x, out.right(), window.width, border_);
  const std::size_t tiles = inputs.front().batch * rows.count * columns.count;
  std::vector<std::vector<std::ptrdiff_t>> gathered_rows, gathered_columns;
  for (const Position& tap : positions_) {
    gathered_rows.push_back(positions(out.y, out.height, window.height, 1, tap.dy, border_));
    gathered_columns.push_back(positions(out.x, out.width, window.width, 1, tap.dx, border_));
  }

  // As many blocks for each thread as for every other.
  const auto threads = static_cast<std::size_t>(workers.threads());
  const std::size_t least = (tiles + kWinogradTiles - 1) / kWinogradTiles;
  const std::size_t blocks = std::min(tiles, (least + threads - 1) / threads * threads);
  constexpr std::size_t kPixels = kWinogradTile * kWinogradTile;
  workers.count(stage_, multiplications(inputs.front().batch * out.pixels()));
  workers.run(stage_, blocks, [&](std::size_t block, int worker) {
    const std::size_t begin = block * tiles / blocks;
    const std::size_t count = (block + 1) * tiles / blocks - begin;
    const std::size_t for_sums = winograd_scratch() + sums_scratch();
    float* scratch =
        workers.own(worker, for_sums + gemm_scratch(weights_, kWinogradTiles * kPixels));
    std::vector<const float*> sources;
    sources.reserve(winograd_inputs_.size() * count * kWinogradPositions);
    for (const std::size_t i : winograd_inputs_) {
      for (std::size_t tile = begin; tile < begin + count; ++tile) {
        const std::size_t n = tile / columns.count / rows.count;
        const std::ptrdiff_t* row = &rows.inputs[tile / columns.count % rows.count * kWinogradTile];
        const std::ptrdiff_t* column = &columns.inputs[tile % columns.count * kWinogradTile];
        for (std::size_t p = 0; p < kWinogradPositions; ++p) {
          sources.push_back(source(inputs[i], window.input, n, row[p / kWinogradInput],
                                   column[p % kWinogradInput]));
        }
      }
    }
    // The wanted pixels of the tiles.
    std::vector<float*> outputs(count * kPixels), sums;
    std::vector<const float*> residuals(residual.data == nullptr ? 0 : count * kPixels);
    std::vector<const float*> all_sums(positions_.empty() ? 0 : count * kPixels);
    struct Pixel {
      std::size_t n, y, x;
    };
    std::vector<Pixel> wanted;
    for (std::size_t i = 0; i < count * kPixels; ++i) {
      const std::size_t tile = begin + i / kPixels, p = i % kPixels;
      const std::size_t y =
          (rows.first + tile / columns.count % rows.count) * kWinogradTile + p / kWinogradTile;
      const std::size_t x =
          (columns.first + tile % columns.count) * kWinogradTile + p % kWinogradTile;
      if (y < out.y || y >= out.bottom() || x < out.x || x >= out.right()) continue;
      const Pixel pixel{tile / columns.count / rows.count, y - out.y, x - out.x};
      const std::size_t to = pixel_of(target, pixel.n, pixel.y, pixel.x);
      outputs[i] = target.view.pixel(to);
      if (residual.data != nullptr) residuals[i] = residual.pixel(to);
      if (positions_.empty()) continue;
      sums.push_back(scratch + winograd_scratch() +
                     wanted.size() * std::min(channels(), kWinogradChannels));
      all_sums[i] = sums.back();
      wanted.push_back(pixel);
    }
    std::vector<const float*> gathered(positions_.size() * wanted.size());
    for (std::size_t t = 0; t < positions_.size(); ++t) {
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        gathered[t * wanted.size() + i] =
            source(inputs[positions_[t].input], window.input, wanted[i].n,
                   gathered_rows[t][wanted[i].y], gathered_columns[t][wanted[i].x]);
      }
    }
    // The sums of a few channels at a time, so that they stay in the cache too.
    const std::size_t panels = winograd_taps_.panels(), together = winograd_panels();
    for (std::size_t panel = 0; panel < panels; panel += together) {
      const std::size_t end = std::min(panels, panel + together);
      if (!positions_.empty()) {
        engine::run(Gemm{.pixels = wanted.size(),
                         .taps = positions_.size(),
                         .tap_channels = tap_channels_.data(),
                         .sources = gathered.data(),
                         .weights = &weights_,
                         .bias = bias_.data(),
                         .relu = false,
                         .outputs = sums.data(),
                         .residuals = nullptr,
                         .begin_panel = panel,
                         .end_panel = end,
                         .first_channel = panel * weights_.panel_width(),
                         .scratch = scratch + for_sums});
      }
      engine::run(Winograd{.tiles = count,
                           .inputs = winograd_inputs_.size(),
                           .input_channels = winograd_channels_.data(),
                           .sources = sources.data(),
                           .taps = &winograd_taps_,
                           .transformed = transformed,
                           .sums = all_sums.empty() ? nullptr : all_sums.data(),
                           .bias = bias_.data(),
                           .relu = relu_,
                           .outputs = outputs.data(),
                           .residuals = residuals.empty() ? nullptr : residuals.data(),
                           .scratch = scratch,
                           .begin_panel = panel,
                           .end_panel = end,
                           .precision = precision_});
    }
  });
}

}  // namespace lama::engine

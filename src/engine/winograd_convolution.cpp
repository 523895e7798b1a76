// 3x3 convolutions with stride 1, perhaps summed with others: tiles, in blocks that fit a core's
// cache.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "engine/convolution_method.h"
#include "engine/kernels/winograd.h"
#include "engine/positions.h"

namespace lama::internal::engine {
namespace {

constexpr std::size_t kTilePixels = kWinogradTile * kWinogradTile;

/// One direction of the tiles that cover a part of the result.
struct Tiles {
  Tiles(std::size_t begin, std::size_t end, std::size_t size, Border border)
      : first(begin / kWinogradTile), count((end + kWinogradTile - 1) / kWinogradTile - first) {
    inputs = positions(first * kWinogradTile, count * kWinogradTile + 2, size, 1, -1, border);
    // Pixels further out have no part in any pixel of the map.
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (first * kWinogradTile + i > size + 1) inputs[i] = kOutside;
    }
  }

  std::size_t first, count;
  std::vector<std::ptrdiff_t> inputs;  // the tiles' 6 positions begin at 4 * tile
};

/// The nine taps of each input by their places in a 3x3 kernel; null where there is none, or where
/// the input has others.
std::vector<std::array<const Tap*, 9>> kernels_of(const std::vector<Tap>& taps) {
  std::size_t inputs = 0;
  for (const Tap& tap : taps) inputs = std::max(inputs, tap.input + 1);
  std::vector<std::array<const Tap*, 9>> kernels(inputs);
  std::vector<std::size_t> count(inputs);
  for (const Tap& tap : taps) {
    ++count[tap.input];
    if (std::abs(tap.dy) > 1 || std::abs(tap.dx) > 1) continue;
    kernels[tap.input][static_cast<std::size_t>((tap.dy + 1) * 3 + tap.dx + 1)] = &tap;
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    if (count[i] != 9) kernels[i] = {};
  }
  return kernels;
}

bool is_whole(const std::array<const Tap*, 9>& kernel) {
  return std::count(kernel.begin(), kernel.end(), nullptr) == 0;
}

/// The nine taps of `inputs`, [tap][input][input channels][output channels].
PackedWeights pack(const ConvolutionSpec& spec, const std::vector<std::size_t>& inputs) {
  const auto kernels = kernels_of(spec.taps);
  std::vector<float> all;
  for (std::size_t t = 0; t < 9; ++t) {
    for (const std::size_t i : inputs) {
      all.insert(all.end(), kernels[i][t]->weights.begin(), kernels[i][t]->weights.end());
    }
  }
  return {all.data(), all.size() / spec.outputs(), spec.outputs()};
}

/// The taps of all other inputs.
std::vector<Tap> others(const std::vector<Tap>& taps, const std::vector<std::size_t>& inputs) {
  std::vector<Tap> found;
  for (const Tap& tap : taps) {
    if (std::count(inputs.begin(), inputs.end(), tap.input) == 0) found.push_back(tap);
  }
  return found;
}

struct Pixel {
  std::size_t n, y, x;
};

/// One run, which all blocks of tiles share.
struct Frame {
  ConvolutionMethod::Inputs inputs;
  const Window& window;
  const Convolution::Target& target;
  const View<const float>& residual;
  Tiles rows, columns;
  GatheredPositions gathered;
  const float* transformed;  ///< the weights

  std::size_t picture_of(std::size_t tile) const { return tile / columns.count / rows.count; }
  std::size_t row_of(std::size_t tile) const { return tile / columns.count % rows.count; }
  std::size_t column_of(std::size_t tile) const { return tile % columns.count; }
  /// Pixel p of a tile, in the part to compute; nothing if it lies outside that.
  std::optional<Pixel> wanted_pixel(std::size_t tile, std::size_t p) const {
    const Region& out = window.output;
    const std::size_t y = (rows.first + row_of(tile)) * kWinogradTile + p / kWinogradTile;
    const std::size_t x = (columns.first + column_of(tile)) * kWinogradTile + p % kWinogradTile;
    if (y < out.y || y >= out.bottom() || x < out.x || x >= out.right()) return std::nullopt;
    return Pixel{picture_of(tile), y - out.y, x - out.x};
  }
};

class WinogradConvolution : public ConvolutionMethod {
 public:
  WinogradConvolution(const ConvolutionSpec& spec, const std::vector<std::size_t>& inputs,
                      const std::vector<Tap>& gathered)
      : ConvolutionMethod(spec, gathered.empty() ? "3x3 Winograd" : "3x3 Winograd + 1x1",
                          kWinogradTile),
        precision_(spec.precision),
        inputs_(inputs),
        taps_(pack(spec, inputs)),
        positions_(tap_positions(gathered)) {
    for (const std::size_t i : inputs_) {
      const auto of_input = [i](const Tap& tap) { return tap.input == i; };
      input_channels_.push_back(
          spec.inputs_of(*std::find_if(spec.taps.begin(), spec.taps.end(), of_input)));
    }
    for (const Tap& tap : gathered) tap_channels_.push_back(spec.inputs_of(tap));
    const std::vector<float> all = all_weights(gathered);
    weights_ =
        PackedWeights(all.data(), all.size() / spec.outputs(), spec.outputs(), spec.precision);
    bias_ = padded_bias(spec.bias, weights_);
  }

  void run(Inputs inputs, const Window& window, const Convolution::Target& target,
           const View<const float>& residual, Workers& workers) const override {
    const WinogradWeights transform(taps_, precision_);
    float* transformed = workers.shared(transform.floats());
    workers.run("3x3 Winograd, weights", transform.parts(),
                [&](std::size_t part, int) { transform.transform(part, transformed); });

    // Tiles lie on the map's grid, whatever part of it is computed.
    const Region& out = window.output;
    const Frame frame{.inputs = inputs,
                      .window = window,
                      .target = target,
                      .residual = residual,
                      .rows = Tiles(out.y, out.bottom(), window.height, border_),
                      .columns = Tiles(out.x, out.right(), window.width, border_),
                      .gathered = GatheredPositions(positions_, window, 1, border_),
                      .transformed = transformed};
    const std::size_t tiles = inputs.front().batch * frame.rows.count * frame.columns.count;

    // As many blocks for each thread as for every other.
    const auto threads = static_cast<std::size_t>(workers.threads());
    const std::size_t least = (tiles + kWinogradTiles - 1) / kWinogradTiles;
    const std::size_t blocks = std::min(tiles, (least + threads - 1) / threads * threads);
    workers.count(stage_, multiplications(inputs.front().batch * out.pixels()));
    workers.run(stage_, blocks, [&](std::size_t block, int worker) {
      const std::size_t begin = block * tiles / blocks;
      const std::size_t count = (block + 1) * tiles / blocks - begin;
      run_block(frame, begin, count, workers.own(worker, block_scratch()));
    });
  }

  double multiplications(std::size_t pixels) const override {
    const double winograd = static_cast<double>(taps_.k()) / 9 * kWinogradPositions / kTilePixels;
    return static_cast<double>(pixels * channels_) * (winograd + static_cast<double>(weights_.k()));
  }
  Scratch scratch(std::size_t /*batch*/, std::size_t /*height*/,
                  std::size_t /*width*/) const override {
    return {WinogradWeights(taps_, precision_).floats(), block_scratch()};
  }

 private:
  /// Floats for one block's gathered sums.
  std::size_t sums_scratch() const {
    if (positions_.empty()) return 0;
    return kWinogradTiles * kTilePixels * std::min(channels_, kWinogradChannels);
  }
  std::size_t block_scratch() const {
    return winograd_scratch() + sums_scratch() +
           gemm_scratch(weights_, kWinogradTiles * kTilePixels);
  }

  /// The input pixels of tiles begin .. begin + count - 1, [input][tile][36].
  std::vector<const float*> tile_sources(const Frame& frame, std::size_t begin,
                                         std::size_t count) const {
    std::vector<const float*> sources;
    sources.reserve(inputs_.size() * count * kWinogradPositions);
    for (const std::size_t i : inputs_) {
      for (std::size_t tile = begin; tile < begin + count; ++tile) {
        const std::ptrdiff_t* row = &frame.rows.inputs[frame.row_of(tile) * kWinogradTile];
        const std::ptrdiff_t* column = &frame.columns.inputs[frame.column_of(tile) * kWinogradTile];
        for (std::size_t p = 0; p < kWinogradPositions; ++p) {
          sources.push_back(source(frame.inputs[i], frame.window.input, frame.picture_of(tile),
                                   row[p / kWinogradInput], column[p % kWinogradInput]));
        }
      }
    }
    return sources;
  }

  /// The input pixels of the gathered taps, [tap][wanted pixel].
  std::vector<const float*> gathered_sources(const Frame& frame,
                                             const std::vector<Pixel>& wanted) const {
    std::vector<const float*> sources(positions_.size() * wanted.size());
    for (std::size_t t = 0; t < positions_.size(); ++t) {
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        sources[t * wanted.size() + i] =
            source(frame.inputs[positions_[t].input], frame.window.input, wanted[i].n,
                   frame.gathered.rows[t][wanted[i].y], frame.gathered.columns[t][wanted[i].x]);
      }
    }
    return sources;
  }

  void run_block(const Frame& frame, std::size_t begin, std::size_t count, float* scratch) const {
    const bool has_residual = frame.residual.data != nullptr, has_sums = !positions_.empty();
    const std::size_t pixels = count * kTilePixels;
    // The wanted pixels of the tiles; null where a pixel is not wanted.
    std::vector<float*> outputs(pixels), sums;
    std::vector<const float*> residuals(has_residual ? pixels : 0), all_sums(has_sums ? pixels : 0);
    std::vector<Pixel> wanted;
    for (std::size_t i = 0; i < pixels; ++i) {
      const std::optional<Pixel> pixel =
          frame.wanted_pixel(begin + i / kTilePixels, i % kTilePixels);
      if (!pixel) continue;
      const std::size_t to = pixel_of(frame.target, pixel->n, pixel->y, pixel->x);
      outputs[i] = frame.target.view.pixel(to);
      if (has_residual) residuals[i] = frame.residual.pixel(to);
      if (!has_sums) continue;
      sums.push_back(scratch + winograd_scratch() +
                     wanted.size() * std::min(channels_, kWinogradChannels));
      all_sums[i] = sums.back();
      wanted.push_back(*pixel);
    }
    const std::vector<const float*> sources = tile_sources(frame, begin, count);
    const std::vector<const float*> gathered = gathered_sources(frame, wanted);
    // The sums of a few channels at a time, so that they stay in the cache too.
    const std::size_t panels = taps_.panels(), together = winograd_panels();
    for (std::size_t panel = 0; panel < panels; panel += together) {
      const std::size_t end = std::min(panels, panel + together);
      if (has_sums) {
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
                         .scratch = scratch + winograd_scratch() + sums_scratch()});
      }
      engine::run(Winograd{.tiles = count,
                           .inputs = inputs_.size(),
                           .input_channels = input_channels_.data(),
                           .sources = sources.data(),
                           .taps = &taps_,
                           .transformed = frame.transformed,
                           .sums = has_sums ? all_sums.data() : nullptr,
                           .bias = bias_.data(),
                           .relu = relu_,
                           .outputs = outputs.data(),
                           .residuals = has_residual ? residuals.data() : nullptr,
                           .scratch = scratch,
                           .begin_panel = panel,
                           .end_panel = end,
                           .precision = precision_});
    }
  }

  Precision precision_;
  std::vector<std::size_t> inputs_, input_channels_;  // that go by way of Winograd
  PackedWeights taps_;
  std::vector<TapPosition> positions_;  // of all others
  std::vector<std::size_t> tap_channels_;
  PackedWeights weights_;
  AlignedBuffer bias_;
};

}  // namespace

std::vector<std::size_t> winograd_inputs(const ConvolutionSpec& spec) {
  // Below this many channels the transforms cost more than they save.
  constexpr std::size_t kLeastChannels = 8;
  std::vector<std::size_t> inputs;
  const auto kernels = kernels_of(spec.taps);
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    if (spec.stride != 1 || !is_whole(kernels[i])) continue;
    if (std::min(spec.inputs_of(*kernels[i][0]), spec.outputs()) < kLeastChannels) continue;
    inputs.push_back(i);
  }
  return inputs;
}

std::unique_ptr<const ConvolutionMethod> winograd_convolution(
    const ConvolutionSpec& spec, const std::vector<std::size_t>& inputs) {
  return std::make_unique<WinogradConvolution>(spec, inputs, others(spec.taps, inputs));
}

}  // namespace lama::internal::engine

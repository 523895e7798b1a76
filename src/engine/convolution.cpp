#include "engine/convolution.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/kernels/winograd.h"

namespace lama::engine {
namespace {

constexpr std::ptrdiff_t kOutside = -1;

/// For each result position first .. first + count - 1 the input position it takes under an offset
/// of `delta`, or kOutside. Reflection mirrors without repeating the edge, as often as needed.
std::vector<std::ptrdiff_t> positions(std::size_t first, std::size_t count, std::size_t size,
                                      int stride, int delta, Border border) {
  std::vector<std::ptrdiff_t> table(count);
  const auto last = static_cast<std::ptrdiff_t>(size) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    std::ptrdiff_t at = static_cast<std::ptrdiff_t>(first + i) * stride + delta;
    switch (border) {
      case Border::zero:
        if (at < 0 || at > last) at = kOutside;
        break;
      case Border::reflect:
        while (last > 0 && (at < 0 || at > last)) at = at < 0 ? -at : 2 * last - at;
        if (last == 0) at = 0;
        break;
      case Border::replicate:
        at = std::clamp<std::ptrdiff_t>(at, 0, last);
        break;
      case Border::circular:
        at = ((at % (last + 1)) + last + 1) % (last + 1);
        break;
    }
    table[i] = at;
  }
  return table;
}

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

std::size_t pixel_of(const Convolution::Target& target, std::size_t n, std::size_t y,
                     std::size_t x) {
  return (n * target.view.height + y * target.step + target.offset_y) * target.view.width +
         x * target.step + target.offset_x;
}

}  // namespace

Convolution::Convolution(const std::vector<Tap>& taps, std::span<const float> bias, int stride,
                         Border border, bool relu, const char* stage)
    : bias_channels_(bias.size()),
      stage_(stage),
      stride_(stride),
      border_(border),
      relu_(relu) {
  // Below this many channels the transforms cost more than they save.
  constexpr std::size_t kLeastChannels = 8;
  const std::size_t out = bias.size();
  const auto channels = [out](const Tap& tap) { return tap.weights.size() / out; };
  std::size_t inputs = 0, widest = 0;
  for (const Tap& tap : taps) {
    inputs = std::max(inputs, tap.input + 1);
    widest = std::max(widest, channels(tap));
  }
  // Where the nine taps of each input are, if there are such.
  std::vector<std::array<const Tap*, 9>> kernels(inputs);
  std::vector<std::size_t> count(inputs);
  for (const Tap& tap : taps) {
    ++count[tap.input];
    if (std::abs(tap.dy) > 1 || std::abs(tap.dx) > 1) continue;
    kernels[tap.input][static_cast<std::size_t>((tap.dy + 1) * 3 + tap.dx + 1)] = &tap;
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    const auto& kernel = kernels[i];
    const bool whole = count[i] == 9 && std::count(kernel.begin(), kernel.end(), nullptr) == 0;
    if (!whole || stride != 1 || std::min(channels(*kernel[0]), out) < kLeastChannels) continue;
    winograd_inputs_.push_back(i);
    winograd_channels_.push_back(channels(*kernel[0]));
  }
  std::vector<float> all;
  for (std::size_t t = 0; t < 9; ++t) {
    for (const std::size_t i : winograd_inputs_) {
      all.insert(all.end(), kernels[i][t]->weights.begin(), kernels[i][t]->weights.end());
    }
  }
  winograd_taps_ = PackedWeights(all.data(), all.size() / out, out);
  all.clear();
  for (const Tap& tap : taps) {
    if (std::count(winograd_inputs_.begin(), winograd_inputs_.end(), tap.input) > 0) continue;
    positions_.push_back({tap.input, tap.dy, tap.dx});
    tap_channels_.push_back(channels(tap));
    all.insert(all.end(), tap.weights.begin(), tap.weights.end());
  }
  weights_ = PackedWeights(all.data(), all.size() / out, out);
  if (stage_ == nullptr) stage_ = stage_name();
  bias_ = AlignedBuffer(weights_.panels() * weights_.panel_width());
  std::fill_n(std::copy(bias.begin(), bias.end(), bias_.data()), bias_.size() - out, 0.0F);
  if (border == Border::zero || winograd()) {
    zeros_ = AlignedBuffer(widest);
    std::fill_n(zeros_.data(), widest, 0.0F);
  }
}

const char* Convolution::stage_name() const {
  if (winograd()) return positions_.empty() ? "3x3 Winograd" : "3x3 Winograd + 1x1";
  int reach = 0;
  for (const Position& tap : positions_) {
    reach = std::max({reach, std::abs(tap.dy), std::abs(tap.dx)});
  }
  const bool strided = stride_ > 1;
  if (reach == 0) return "1x1";
  if (reach == 1) return strided ? "3x3 strided" : "3x3";
  return reach == 3 ? "7x7" : "convolution of another size";
}

double Convolution::multiplications(std::size_t pixels) const {
  const double winograd = static_cast<double>(winograd_taps_.k() / 9) * kWinogradPositions /
                          (kWinogradTile * kWinogradTile);
  return static_cast<double>(pixels * channels()) * (winograd + static_cast<double>(weights_.k()));
}

std::size_t Convolution::scratch(int threads) const {
  if (!winograd()) return 0;
  return WinogradWeights(winograd_taps_).floats() +
         static_cast<std::size_t>(threads) * (winograd_scratch() + sums_scratch());
}

/// Of one block's pixels, for what is gathered.
std::size_t Convolution::sums_scratch() const {
  return positions_.empty() ? 0 : kWinogradTiles * kWinogradTile * kWinogradTile * channels();
}

Region Convolution::needs(const Region& output, std::size_t height, std::size_t width) const {
  if (border_ == Border::circular) return {0, 0, height, width};
  int up = 0, down = 0, left = 0, right = 0;
  for (const Position& tap : positions_) {
    up = std::max(up, -tap.dy);
    down = std::max(down, tap.dy);
    left = std::max(left, -tap.dx);
    right = std::max(right, tap.dx);
  }
  struct Line {
    std::size_t begin, size;
  };
  const auto line = [&](std::size_t begin, std::size_t end, std::size_t limit, int before,
                        int after) -> Line {
    if (winograd()) {
      begin = begin / kWinogradTile * kWinogradTile;
      end = (end + kWinogradTile - 1) / kWinogradTile * kWinogradTile;
      before = std::max(before, 1);
      after = std::max(after, 1);
    }
    const auto stride = static_cast<std::ptrdiff_t>(stride_);
    const auto last = static_cast<std::ptrdiff_t>(limit) - 1;
    const auto first_read = static_cast<std::ptrdiff_t>(begin) * stride - before;
    const auto last_read = (static_cast<std::ptrdiff_t>(end) - 1) * stride + after;
    // A mirrored position is never further inside than the one that it stands for is outside.
    const auto from = std::clamp<std::ptrdiff_t>(std::min(first_read, 2 * last - last_read), 0, last);
    const auto to = std::clamp<std::ptrdiff_t>(std::max(last_read, -first_read), 0, last);
    return {static_cast<std::size_t>(from), static_cast<std::size_t>(to - from + 1)};
  };
  const Line rows = line(output.y, output.bottom(), height, up, down);
  const Line columns = line(output.x, output.right(), width, left, right);
  return {rows.begin, columns.begin, rows.size, columns.size};
}

void Convolution::run(Inputs inputs, const Target& target, const View<const float>& residual,
                      Workers& workers) const {
  const std::size_t height = inputs.front().height, width = inputs.front().width;
  const auto stride = static_cast<std::size_t>(stride_);
  run(inputs,
      {.height = height,
       .width = width,
       .input = {0, 0, height, width},
       .output = {0, 0, (height + stride - 1) / stride, (width + stride - 1) / stride}},
      target, residual, workers);
}

void Convolution::run(Inputs inputs, const Window& window, const Target& target,
                      const View<const float>& residual, Workers& workers) const {
  if (window.output.pixels() == 0 || inputs.front().batch == 0) return;
  if (winograd()) {
    run_winograd(inputs, window, target, residual, workers);
  } else {
    run_gathered(inputs, window, target, residual, workers);
  }
}

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
  const std::size_t groups = std::clamp<std::size_t>((wanted + chunks - 1) / chunks, 1,
                                                     workers.threads() == 1 ? 1 : weights_.panels());
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

/// Pixel (row, column) of picture n of the whole input, of which `held` is in memory.
const float* Convolution::source(const View<const float>& input, const Region& held, std::size_t n,
                                 std::ptrdiff_t row, std::ptrdiff_t column) const {
  if (row == kOutside || column == kOutside) return zeros_.data();
  return input.pixel((n * input.height + static_cast<std::size_t>(row) - held.y) * input.width +
                     static_cast<std::size_t>(column) - held.x);
}

void Convolution::run_winograd(Inputs inputs, const Window& window, const Target& target,
                               const View<const float>& residual, Workers& workers) const {
  const WinogradWeights transform(winograd_taps_);
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
    float* scratch = workers.own(worker, winograd_scratch() + sums_scratch());
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
      const std::size_t x = (columns.first + tile % columns.count) * kWinogradTile + p % kWinogradTile;
      if (y < out.y || y >= out.bottom() || x < out.x || x >= out.right()) continue;
      const Pixel pixel{tile / columns.count / rows.count, y - out.y, x - out.x};
      const std::size_t to = pixel_of(target, pixel.n, pixel.y, pixel.x);
      outputs[i] = target.view.pixel(to);
      if (residual.data != nullptr) residuals[i] = residual.pixel(to);
      if (positions_.empty()) continue;
      sums.push_back(scratch + winograd_scratch() + wanted.size() * channels());
      all_sums[i] = sums.back();
      wanted.push_back(pixel);
    }
    if (!positions_.empty()) {
      std::vector<const float*> gathered(positions_.size() * wanted.size());
      for (std::size_t t = 0; t < positions_.size(); ++t) {
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          gathered[t * wanted.size() + i] =
              source(inputs[positions_[t].input], window.input, wanted[i].n,
                     gathered_rows[t][wanted[i].y], gathered_columns[t][wanted[i].x]);
        }
      }
      engine::run(Gemm{.pixels = wanted.size(),
                       .taps = positions_.size(),
                       .tap_channels = tap_channels_.data(),
                       .sources = gathered.data(),
                       .weights = &weights_,
                       .bias = bias_.data(),
                       .relu = false,
                       .outputs = sums.data(),
                       .residuals = nullptr,
                       .begin_panel = 0,
                       .end_panel = weights_.panels()});
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
                         .scratch = scratch});
  });
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

}  // namespace lama::engine

#include "engine/convolution.h"

#include <algorithm>

namespace lama::engine {
namespace {

constexpr std::ptrdiff_t kOutside = -1;

/// For each result position 0 .. count-1 the input position it takes under an offset of `delta`,
/// or kOutside. Reflection mirrors without repeating the edge, as often as needed.
std::vector<std::ptrdiff_t> positions(std::size_t count, std::size_t size, int stride, int delta,
                                      Border border) {
  std::vector<std::ptrdiff_t> table(count);
  const auto last = static_cast<std::ptrdiff_t>(size) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    std::ptrdiff_t at = static_cast<std::ptrdiff_t>(i) * stride + delta;
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

}  // namespace

Convolution::Convolution(const std::vector<Tap>& taps, std::span<const float> bias, int stride,
                         Border border, bool relu)
    : stride_(stride), border_(border), relu_(relu) {
  const std::size_t out = bias.size();
  std::vector<float> all;
  std::size_t widest = 0;
  for (const Tap& tap : taps) {
    positions_.push_back({tap.input, tap.dy, tap.dx});
    tap_channels_.push_back(tap.weights.size() / out);
    widest = std::max(widest, tap_channels_.back());
    all.insert(all.end(), tap.weights.begin(), tap.weights.end());
  }
  weights_ = PackedWeights(all.data(), all.size() / out, out);
  bias_ = AlignedBuffer(weights_.panels() * weights_.panel_width());
  std::fill_n(std::copy(bias.begin(), bias.end(), bias_.data()), bias_.size() - out, 0.0F);
  if (border == Border::zero) {
    zeros_ = AlignedBuffer(widest);
    std::fill_n(zeros_.data(), widest, 0.0F);
  }
}

double Convolution::multiplications(std::size_t pixels) const {
  return static_cast<double>(pixels) * static_cast<double>(weights_.k() * weights_.n());
}

void Convolution::run(std::span<const View<const float>> inputs, const Target& target,
                      const View<const float>& residual, ThreadPool& pool) const {
  const View<const float>& first = inputs.front();
  const auto stride = static_cast<std::size_t>(stride_);
  const std::size_t height = (first.height + stride - 1) / stride;
  const std::size_t width = (first.width + stride - 1) / stride;
  const std::size_t pixels = first.batch * height * width;
  const std::size_t taps = positions_.size();
  if (pixels == 0) return;

  std::vector<std::vector<std::ptrdiff_t>> rows, columns;
  for (const Position& tap : positions_) {
    rows.push_back(positions(height, first.height, stride_, tap.dy, border_));
    columns.push_back(positions(width, first.width, stride_, tap.dx, border_));
  }

  // A task is a run of pixels times a group of panels. One group is best, because the pixels'
  // pointers are then made once; small pictures need more to feed all threads evenly.
  const std::size_t chunks = (pixels + kGemmPixels - 1) / kGemmPixels;
  const std::size_t wanted = 4 * static_cast<std::size_t>(pool.threads());
  const std::size_t groups = std::clamp<std::size_t>((wanted + chunks - 1) / chunks, 1,
                                                     pool.threads() == 1 ? 1 : weights_.panels());
  pool.run(chunks * groups, [&](std::size_t task, int) {
    const std::size_t begin = task / groups * kGemmPixels, group = task % groups;
    const std::size_t count = std::min(kGemmPixels, pixels - begin);
    std::vector<const float*> sources(taps * count);
    std::vector<float*> outputs(count);
    std::vector<const float*> residuals(residual.data == nullptr ? 0 : count);
    std::size_t n = begin / (height * width);
    std::size_t y = begin / width % height, x = begin % width;
    for (std::size_t p = 0; p < count; ++p) {
      for (std::size_t t = 0; t < taps; ++t) {
        const View<const float>& input = inputs[positions_[t].input];
        const std::ptrdiff_t row = rows[t][y], column = columns[t][x];
        sources[t * count + p] =
            row == kOutside || column == kOutside
                ? zeros_.data()
                : input.pixel((n * input.height + static_cast<std::size_t>(row)) * input.width +
                              static_cast<std::size_t>(column));
      }
      const auto step = static_cast<std::size_t>(target.step);
      const std::size_t out =
          (n * target.view.height + y * step + static_cast<std::size_t>(target.offset_y)) *
              target.view.width +
          x * step + static_cast<std::size_t>(target.offset_x);
      outputs[p] = target.view.pixel(out);
      if (residual.data != nullptr) residuals[p] = residual.pixel(out);
      if (++x == width) {
        x = 0;
        if (++y == height) {
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

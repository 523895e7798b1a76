#include "engine/convolution.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/kernels/winograd.h"
#include "engine/positions.h"

namespace lama::engine {
namespace {

constexpr std::size_t kBlockPixels = kWinogradTiles * kWinogradTile * kWinogradTile;

}  // namespace

Convolution::Convolution(const std::vector<Tap>& taps, std::span<const float> bias, int stride,
                         Border border, bool relu, Precision precision, const char* stage)
    : channels_(bias.size()),
      stage_(stage),
      precision_(precision),
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
  kernel_ = square_kernel();
  if (few_outputs()) {
    // [ky][in][kx][out]
    const std::size_t in = tap_channels_.front();
    std::vector<float> by_column(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::size_t o = i % out, c = i / out % in, kx = i / out / in % kernel_;
      const std::size_t ky = i / out / in / kernel_;
      by_column[((ky * in + c) * kernel_ + kx) * out + o] = all[i];
    }
    tap_channels_.resize(kernel_);
    weights_ = PackedWeights(by_column.data(), kernel_ * in, kernel_ * out, precision);
  } else {
    weights_ = PackedWeights(all.data(), all.size() / out, out, precision);
  }
  if (stage_ == nullptr) stage_ = stage_name();
  bias_ = AlignedBuffer((out + weights_.panel_width() - 1) / weights_.panel_width() *
                        weights_.panel_width());
  std::fill_n(std::copy(bias.begin(), bias.end(), bias_.data()), bias_.size() - out, 0.0F);
  if (border == Border::zero || winograd()) {
    zeros_ = AlignedBuffer(widest);
    std::fill_n(zeros_.data(), widest, 0.0F);
  }
}

/// The side of the kernel, if there is one input under a square one, its taps in reading order;
/// else 0.
std::size_t Convolution::square_kernel() const {
  std::size_t side = 1;
  while (side * side < positions_.size()) side += 2;
  if (winograd() || side * side != positions_.size()) return 0;
  const int half = static_cast<int>(side / 2);
  for (std::size_t t = 0; t < positions_.size(); ++t) {
    const Position& tap = positions_[t];
    if (tap.input != 0 || tap.dy != static_cast<int>(t / side) - half ||
        tap.dx != static_cast<int>(t % side) - half) {
      return 0;
    }
  }
  return side;
}

bool Convolution::few_inputs() const {
  return kernel_ > 1 && !few_outputs() && tap_channels_.front() <= kFewChannels;
}

bool Convolution::few_outputs() const {
  return kernel_ > 1 && stride_ == 1 && channels() <= kFewChannels;
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
  const double winograd = static_cast<double>(winograd_taps_.k()) / 9 * kWinogradPositions /
                          (kWinogradTile * kWinogradTile);
  const double gathered = static_cast<double>(weights_.k() * (few_outputs() ? kernel_ : 1));
  return static_cast<double>(pixels * channels()) * (winograd + gathered);
}

Scratch Convolution::scratch(std::size_t batch, std::size_t height, std::size_t width) const {
  if (winograd()) {
    return {WinogradWeights(winograd_taps_, precision_).floats(),
            winograd_scratch() + sums_scratch() + gemm_scratch(weights_, kBlockPixels)};
  }
  if (few_outputs()) return {0, (width + kernel_ - 1) * weights_.n() + pixels_scratch()};
  if (!few_inputs()) return {0, pixels_scratch()};
  const auto stride = static_cast<std::size_t>(stride_);
  const auto padded = [&](std::size_t side) { return (side - 1) * stride + kernel_; };
  return {batch * padded(height) * padded(width) * tap_channels_.front(), pixels_scratch()};
}

/// Of one block's pixels, for what is gathered.
std::size_t Convolution::sums_scratch() const {
  return positions_.empty() ? 0 : kBlockPixels * std::min(channels(), kWinogradChannels);
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
    const auto from =
        std::clamp<std::ptrdiff_t>(std::min(first_read, 2 * last - last_read), 0, last);
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
  } else if (few_inputs()) {
    run_few_inputs(inputs, window, target, residual, workers);
  } else if (few_outputs()) {
    run_few_outputs(inputs, window, target, residual, workers);
  } else {
    run_gathered(inputs, window, target, residual, workers);
  }
}

/// Pixel (row, column) of picture n of the whole input, of which `held` is in memory.
const float* Convolution::source(const View<const float>& input, const Region& held, std::size_t n,
                                 std::ptrdiff_t row, std::ptrdiff_t column) const {
  if (row == kOutside || column == kOutside) return zeros_.data();
  return input.pixel((n * input.height + static_cast<std::size_t>(row) - held.y) * input.width +
                     static_cast<std::size_t>(column) - held.x);
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

#include "engine/convolution_method.h"

#include <algorithm>
#include <cmath>

#include "engine/positions.h"

namespace lama::internal::engine {

ConvolutionMethod::ConvolutionMethod(const ConvolutionSpec& spec, const char* stage,
                                     std::size_t grid)
    : channels_(spec.outputs()),
      stage_(spec.stage != nullptr ? spec.stage : stage),
      stride_(spec.stride),
      border_(spec.border),
      relu_(spec.relu),
      grid_(grid) {
  std::size_t widest = 0;
  for (const Tap& tap : spec.taps) {
    up_ = std::max(up_, -tap.dy);
    down_ = std::max(down_, tap.dy);
    left_ = std::max(left_, -tap.dx);
    right_ = std::max(right_, tap.dx);
    widest = std::max(widest, spec.inputs_of(tap));
  }
  zeros_ = AlignedBuffer(widest);
  std::fill_n(zeros_.data(), widest, 0.0F);
}

Region ConvolutionMethod::needs(const Region& output, std::size_t height, std::size_t width) const {
  if (border_ == Border::circular) return {0, 0, height, width};
  struct Line {
    std::size_t begin, size;
  };
  const auto line = [&](std::size_t begin, std::size_t end, std::size_t limit, int before,
                        int after) -> Line {
    begin = begin / grid_ * grid_;
    end = (end + grid_ - 1) / grid_ * grid_;
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
  const Line rows = line(output.y, output.bottom(), height, up_, down_);
  const Line columns = line(output.x, output.right(), width, left_, right_);
  return {rows.begin, columns.begin, rows.size, columns.size};
}

const float* ConvolutionMethod::source(const View<const float>& input, const Region& held,
                                       std::size_t n, std::ptrdiff_t row,
                                       std::ptrdiff_t column) const {
  if (row == kOutside || column == kOutside) return zeros_.data();
  return input.pixel((n * input.height + static_cast<std::size_t>(row) - held.y) * input.width +
                     static_cast<std::size_t>(column) - held.x);
}

std::size_t square_kernel(const std::vector<Tap>& taps) {
  std::size_t side = 1;
  while (side * side < taps.size()) side += 2;
  if (side * side != taps.size()) return 0;
  const int half = static_cast<int>(side / 2);
  for (std::size_t t = 0; t < taps.size(); ++t) {
    if (taps[t].input != 0 || taps[t].dy != static_cast<int>(t / side) - half ||
        taps[t].dx != static_cast<int>(t % side) - half) {
      return 0;
    }
  }
  return side;
}

const char* stage_of_size(const ConvolutionSpec& spec) {
  int reach = 0;
  for (const Tap& tap : spec.taps) reach = std::max({reach, std::abs(tap.dy), std::abs(tap.dx)});
  if (reach == 0) return "1x1";
  if (reach == 1) return spec.stride > 1 ? "3x3 strided" : "3x3";
  return reach == 3 ? "7x7" : "convolution of another size";
}

std::vector<float> all_weights(const std::vector<Tap>& taps) {
  std::vector<float> all;
  for (const Tap& tap : taps) all.insert(all.end(), tap.weights.begin(), tap.weights.end());
  return all;
}

std::vector<std::size_t> channels_of_taps(const ConvolutionSpec& spec) {
  std::vector<std::size_t> channels;
  channels.reserve(spec.taps.size());
  for (const Tap& tap : spec.taps) channels.push_back(spec.inputs_of(tap));
  return channels;
}

}  // namespace lama::internal::engine

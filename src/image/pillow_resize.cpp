#include "image/pillow_resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama::internal {
namespace {

constexpr int kPrecisionBits = 22;

/// The source pixels of one result position, with their weights.
struct PillowWindow {
  int first;
  std::vector<std::int32_t> weights;  ///< times 2^kPrecisionBits
};

double pillow_keys(double distance) {
  constexpr double kA = -0.5;
  const double x = std::abs(distance);
  if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * kA : 0;
}

std::vector<PillowWindow> windows(int from, int to) {
  const double scale = static_cast<double>(from) / to, stretch = std::max(scale, 1.0);
  const double support = 2 * stretch;
  std::vector<PillowWindow> list;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(std::floor(centre - support + 0.5)), 0);
    const int end = std::min(static_cast<int>(std::floor(centre + support + 0.5)), from);
    std::vector<double> exact;
    double sum = 0;
    for (int at = first; at < end; ++at) {
      exact.push_back(pillow_keys((at - centre + 0.5) * (1 / stretch)));
      sum += exact.back();
    }
    PillowWindow window{first, {}};
    for (const double weight : exact) {
      const double scaled = weight / sum * (1 << kPrecisionBits);
      window.weights.push_back(static_cast<std::int32_t>(scaled + (scaled < 0 ? -0.5 : 0.5)));
    }
    list.push_back(std::move(window));
  }
  return list;
}

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

/// Resamples along lines of samples `step` apart.
std::uint8_t mix(const std::uint8_t* line, std::ptrdiff_t step, const PillowWindow& window) {
  std::int32_t sum = 1 << (kPrecisionBits - 1);
  line += window.first * step;
  for (const std::int32_t weight : window.weights) {
    sum += *line * weight;
    line += step;
  }
  return to_byte(sum);
}

}  // namespace

Image resize_as_pillow(const Image& image, int width, int height) {
  const int channels = image.channels();
  Image wide = image;
  if (width != image.width()) {
    wide = Image(width, image.height(), channels, Depth::u8);
    const std::vector<PillowWindow> columns = windows(image.width(), width);
    auto* out = wide.samples<std::uint8_t>();
    for (int y = 0; y < image.height(); ++y) {
      const auto* row =
          image.samples<std::uint8_t>() + static_cast<std::ptrdiff_t>(y) * image.width() * channels;
      for (const PillowWindow& column : columns) {
        for (int c = 0; c < channels; ++c) *out++ = mix(row + c, channels, column);
      }
    }
  }
  if (height == image.height()) return wide;
  Image result(width, height, channels, Depth::u8);
  auto* out = result.samples<std::uint8_t>();
  const std::ptrdiff_t line = static_cast<std::ptrdiff_t>(width) * channels;
  for (const PillowWindow& row : windows(image.height(), height)) {
    for (std::ptrdiff_t i = 0; i < line; ++i) {
      *out++ = mix(wide.samples<std::uint8_t>() + i, line, row);
    }
  }
  return result;
}

}  // namespace lama::internal

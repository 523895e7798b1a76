// A picture with a hole, at one of several scales.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "patches/field.h"

namespace lama::internal::patches {

struct Point {
  int x = 0, y = 0;

  friend bool operator==(Point a, Point b) { return a.x == b.x && a.y == b.y; }
  friend bool operator!=(Point a, Point b) { return !(a == b); }
  friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
  friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
};

/// A picture of interleaved red, green and blue with missing pixels.
struct Level {
  static constexpr std::size_t kChannels = 3;

  int width = 0, height = 0;
  std::vector<float> samples;         ///< missing pixels are unspecified
  std::vector<std::uint8_t> missing;  ///< 1 for pixels to fill; others may be copied

  std::size_t pixels() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  std::size_t index(Point p) const {
    return static_cast<std::size_t>(p.y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(p.x);
  }
  bool inside(Point p) const { return p.x >= 0 && p.y >= 0 && p.x < width && p.y < height; }
  bool is_source(Point p) const { return inside(p) && missing[index(p)] == 0; }
  const float* at(Point p) const { return samples.data() + kChannels * index(p); }
  Pixels view() const {
    return {samples.data(), static_cast<std::size_t>(height), static_cast<std::size_t>(width),
            kChannels};
  }
};

/// Halves the size, rounded up. A pixel is the mean of the known ones among its four pixels. It is
/// missing if three of them are, or all that lie inside: holes do not grow.
Level halved(const Level& level);

}  // namespace lama::internal::patches

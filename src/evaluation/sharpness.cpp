#include "evaluation/sharpness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace lama::internal::evaluation {
namespace {

constexpr int kBlur = 2, kRing = 30;  // radii

/// Sums of a picture's rectangles in constant time.
class AreaSums {
 public:
  template <typename Value>
  AreaSums(int width, int height, Value&& value)
      : width_(width),
        height_(height),
        sums_((static_cast<std::size_t>(width) + 1) * (static_cast<std::size_t>(height) + 1)) {
    for (int y = 0; y < height; ++y) {
      double row = 0;
      for (int x = 0; x < width; ++x) {
        row += value(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(x));
        sums_[at(x + 1, y + 1)] = sums_[at(x + 1, y)] + row;
      }
    }
  }

  /// Of what lies within the picture of the square of `radius` around a pixel.
  double around(int x, int y, int radius) const {
    const int left = std::max(0, x - radius), right = std::min(width_, x + radius + 1);
    const int top = std::max(0, y - radius), bottom = std::min(height_, y + radius + 1);
    return sums_[at(right, bottom)] - sums_[at(left, bottom)] - sums_[at(right, top)] +
           sums_[at(left, top)];
  }

 private:
  std::size_t at(int x, int y) const {
    return static_cast<std::size_t>(y) * (static_cast<std::size_t>(width_) + 1) +
           static_cast<std::size_t>(x);
  }
  int width_, height_;
  std::vector<double> sums_;
};

}  // namespace

double sharpness(const Planes& picture, const Mask& hole) {
  const auto brightness = [&](std::size_t i) {
    return (double{picture.plane(0)[i]} + double{picture.plane(1)[i]} +
            double{picture.plane(2)[i]}) /
           3;
  };
  const AreaSums bright(picture.width, picture.height, brightness);
  const AreaSums missing(hole.width, hole.height,
                         [&](std::size_t i) { return double{hole.missing[i] != 0 ? 1.0 : 0.0}; });
  double in_hole = 0, in_ring = 0;
  std::size_t hole_pixels = 0, ring_pixels = 0, i = 0;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x, ++i) {
      const bool is_hole = hole.missing[i] != 0;
      if (!is_hole && missing.around(x, y, kRing) < 0.5) continue;
      constexpr double kPixels = (2 * kBlur + 1) * (2 * kBlur + 1);
      const double detail = std::abs(brightness(i) - bright.around(x, y, kBlur) / kPixels);
      (is_hole ? in_hole : in_ring) += detail;
      ++(is_hole ? hole_pixels : ring_pixels);
    }
  }
  if (hole_pixels == 0 || in_ring == 0) return std::numeric_limits<double>::quiet_NaN();
  return in_hole / static_cast<double>(hole_pixels) / (in_ring / static_cast<double>(ring_pixels));
}

}  // namespace lama::internal::evaluation

#include "evaluation/cielab.h"

#include <cmath>

namespace lama::internal::evaluation {
namespace {

/// IEC 61966-2-1.
double linear(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

/// CIE 15:2004, 8.2.1.1.
double compressed(double t) {
  constexpr double kDelta = 6.0 / 29;
  return t > kDelta * kDelta * kDelta ? std::cbrt(t) : t / (3 * kDelta * kDelta) + 4.0 / 29;
}

}  // namespace

std::array<double, 3> cielab(double red, double green, double blue) {
  const double r = linear(red), g = linear(green), b = linear(blue);
  // XYZ relative to D65's white (0.95047, 1, 1.08883).
  const double x = compressed((0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.95047);
  const double y = compressed(0.212671 * r + 0.715160 * g + 0.072169 * b);
  const double z = compressed((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

}  // namespace lama::internal::evaluation

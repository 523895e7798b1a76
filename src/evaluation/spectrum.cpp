#include "evaluation/spectrum.h"

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

namespace lama::internal::evaluation {
namespace {

constexpr int kSide = 32, kStep = 16, kRadii = kSide / 2;
using Window = Eigen::Matrix<double, kSide, kSide>;
using ComplexWindow = Eigen::Matrix<std::complex<double>, kSide, kSide>;
using Radial = std::array<double, kRadii>;  // power by the number of waves

/// The discrete Fourier transform of a vector as a matrix.
ComplexWindow transform() {
  ComplexWindow matrix;
  for (int k = 0; k < kSide; ++k) {
    for (int n = 0; n < kSide; ++n) {
      matrix(k, n) = std::polar(1.0, -2 * std::numbers::pi * k * n / kSide);
    }
  }
  return matrix;
}

Window hann() {
  Eigen::Matrix<double, kSide, 1> rise;
  for (int n = 0; n < kSide; ++n) {
    rise(n) = std::pow(std::sin(std::numbers::pi * (n + 0.5) / kSide), 2);
  }
  return rise * rise.transpose();
}

std::size_t index(const Mask& hole, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(hole.width) +
         static_cast<std::size_t>(x);
}

bool is_in_hole(const Mask& hole, int left, int top) {
  int missing = 0;
  for (int y = top; y < top + kSide; ++y) {
    for (int x = left; x < left + kSide; ++x) missing += hole.missing[index(hole, x, y)] != 0;
  }
  return 4 * missing >= 3 * kSide * kSide;
}

/// Adds the power of one window.
void add_power(const Planes& picture, const Mask& hole, int left, int top, Radial& power) {
  static const ComplexWindow kTransform = transform();
  static const Window kHann = hann();
  Window window;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const std::size_t i = index(hole, left + x, top + y);
      window(y, x) = (double{picture.plane(0)[i]} + picture.plane(1)[i] + picture.plane(2)[i]) / 3;
    }
  }
  window = ((window.array() - window.mean()) * kHann.array()).matrix();
  const ComplexWindow spectrum =
      kTransform * window.cast<std::complex<double>>() * kTransform.transpose();
  const auto waves = [](int k) { return k <= kSide / 2 ? k : kSide - k; };
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const auto radius = static_cast<std::size_t>(std::lround(std::hypot(waves(x), waves(y))));
      if (radius < kRadii) power[radius] += std::norm(spectrum(y, x));
    }
  }
}

}  // namespace

double spectrum_distance(const Planes& result, const Planes& truth, const Mask& hole) {
  Radial found{}, expected{};
  bool any = false;
  for (int top = 0; top + kSide <= hole.height; top += kStep) {
    for (int left = 0; left + kSide <= hole.width; left += kStep) {
      if (!is_in_hole(hole, left, top)) continue;
      any = true;
      add_power(result, hole, left, top, found);
      add_power(truth, hole, left, top, expected);
    }
  }
  if (!any) return std::numeric_limits<double>::quiet_NaN();
  constexpr double kNone = 1e-6;  // a surface without any variation has a power, too
  double sum = 0;
  for (std::size_t r = 1; r < kRadii; ++r) {
    sum += std::abs(10 * std::log10((found[r] + kNone) / (expected[r] + kNone)));
  }
  return sum / (kRadii - 1);
}

}  // namespace lama::internal::evaluation

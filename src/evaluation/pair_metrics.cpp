#include "evaluation/pair_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "evaluation/cielab.h"
#include "evaluation/sharpness.h"
#include "evaluation/spectrum.h"
#include "evaluation/ssim.h"

namespace lama::internal::evaluation {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

/// Accumulates a mean.
struct Mean {
  double sum = 0;
  std::size_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  double value() const { return count > 0 ? sum / static_cast<double>(count) : kNothing; }
};

/// NaN if the truth has no detail to compare with: one clipped sky would be most of a set's mean.
double relative_sharpness(const Planes& result, const Planes& truth, const Mask& hole) {
  constexpr double kRounding = 1e-6;
  const double wanted = sharpness(truth, hole);
  return wanted > kRounding ? sharpness(result, hole) / wanted : kNothing;
}

double psnr(double mean_square) {
  return mean_square > 0           ? std::min(kMostPsnr, -10 * std::log10(mean_square))
         : std::isnan(mean_square) ? kNothing
                                   : kMostPsnr;
}

std::array<double, 3> lab(const Planes& picture, std::size_t i) {
  return cielab(picture.plane(0)[i], picture.plane(1)[i], picture.plane(2)[i]);
}

/// Whether one of the pixel's four neighbours is known.
bool touches_known(const Mask& hole, std::size_t i) {
  const auto width = static_cast<std::size_t>(hole.width);
  const std::size_t x = i % width;
  const auto known = [&](std::size_t at) { return hole.missing[at] == 0; };
  return (x > 0 && known(i - 1)) || (x + 1 < width && known(i + 1)) ||
         (i >= width && known(i - width)) || (i + width < hole.missing.size() && known(i + width));
}

}  // namespace

PairMetrics compare(const Planes& result, const Planes& truth, const Mask& hole) {
  const auto same = [&](int width, int height) {
    return width == truth.width && height == truth.height;
  };
  if (!same(result.width, result.height)) {
    throw Error(fmt::format("the result is {} x {} pixels and the picture {} x {}", result.width,
                            result.height, truth.width, truth.height));
  }
  if (!same(hole.width, hole.height)) {
    throw Error(fmt::format("the mask is {} x {} pixels and the picture {} x {}", hole.width,
                            hole.height, truth.width, truth.height));
  }
  Mean ssim, hole_ssim, absolute, hole_absolute, square, hole_square, ring, lightness;
  const std::vector<float> similarity = ssim_map(result, truth);
  for (std::size_t i = 0; i < truth.pixels(); ++i) {
    const bool missing = hole.missing[i] != 0;
    ssim.add(similarity[i]);
    if (missing) hole_ssim.add(similarity[i]);
    for (int c = 0; c < 3; ++c) {
      const double difference = std::abs(double{result.plane(c)[i]} - double{truth.plane(c)[i]});
      absolute.add(difference);
      square.add(difference * difference);
      if (!missing) continue;
      hole_absolute.add(difference);
      hole_square.add(difference * difference);
    }
    if (!missing) continue;
    const auto is = lab(result, i), should = lab(truth, i);
    lightness.add(is[0] - should[0]);
    if (touches_known(hole, i)) {
      ring.add(std::hypot(is[0] - should[0], is[1] - should[1], is[2] - should[2]));
    }
  }
  return {.ssim = ssim.value(),
          .psnr = psnr(square.value()),
          .l1 = absolute.value(),
          .hole_ssim = hole_ssim.value(),
          .hole_psnr = psnr(hole_square.value()),
          .hole_l1 = hole_absolute.value(),
          .ring_delta_e = ring.value(),
          .lightness_bias = lightness.value(),
          .sharpness = relative_sharpness(result, truth, hole),
          .spectrum = spectrum_distance(result, truth, hole)};
}

}  // namespace lama::internal::evaluation

#include "evaluation/quality_hint.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/error.h"

namespace lama::internal::evaluation {
namespace {

constexpr float kRingWidth = 32;

/// ITU-R BT.601, as everywhere here.
float luma(const Planes& picture, std::size_t i) {
  return 0.299F * picture.plane(0)[i] + 0.587F * picture.plane(1)[i] + 0.114F * picture.plane(2)[i];
}

/// The part that a pixel belongs to.
enum class Part : std::uint8_t { hole, ring, elsewhere };

struct Sums {
  double luma = 0, detail = 0;
  std::array<double, 3> colour = {0, 0, 0};
  std::size_t pixels = 0, inner = 0;  ///< inner: all four neighbours are of the same part
};

double ratio(double a, double b) {
  return b > 0 ? a / b : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

QualityHint quality_hint(const Planes& picture, const Mask& hole) {
  if (hole.width != picture.width || hole.height != picture.height) {
    throw Error("the picture and its mask have different sizes");
  }
  const auto width = static_cast<std::size_t>(picture.width);
  const std::vector<float> distance = distance_to_hole(hole);
  const auto part = [&](std::size_t i) {
    return distance[i] == 0 ? Part::hole : distance[i] <= kRingWidth ? Part::ring : Part::elsewhere;
  };
  Sums hole_sums, ring_sums;
  for (std::size_t i = 0; i < picture.pixels(); ++i) {
    const Part own = part(i);
    if (own == Part::elsewhere) continue;
    Sums& sums = own == Part::hole ? hole_sums : ring_sums;
    const float centre = luma(picture, i);
    ++sums.pixels;
    sums.luma += centre;
    for (int c = 0; c < 3; ++c) sums.colour[static_cast<std::size_t>(c)] += picture.plane(c)[i];
    const std::size_t x = i % width;
    if (x == 0 || x + 1 == width || i < width || i + width >= picture.pixels()) continue;
    // Across the boundary a seam would count as detail of both parts.
    bool inner = true;
    float around = 0;
    for (const std::size_t neighbour : {i - 1, i + 1, i - width, i + width}) {
      inner = inner && part(neighbour) == own;
      around += luma(picture, neighbour);
    }
    if (!inner) continue;
    ++sums.inner;
    sums.detail += std::abs(around - 4 * centre);
  }
  const auto mean = [](double sum, std::size_t count) {
    return ratio(sum, static_cast<double>(count));
  };
  QualityHint hint;
  hint.sharpness_ratio =
      ratio(mean(hole_sums.detail, hole_sums.inner), mean(ring_sums.detail, ring_sums.inner));
  hint.luma_ratio =
      ratio(mean(hole_sums.luma, hole_sums.pixels), mean(ring_sums.luma, ring_sums.pixels));
  for (std::size_t c = 0; c < 3; ++c) {
    hint.colour_ratio[c] = ratio(mean(hole_sums.colour[c], hole_sums.pixels),
                                 mean(ring_sums.colour[c], ring_sums.pixels));
  }
  return hint;
}

}  // namespace lama::internal::evaluation

#include "server/iopaint_mask.h"

#include <algorithm>
#include <cmath>

namespace lama::internal::server {
namespace {

void invert(Mask& mask) {
  for (std::uint8_t& missing : mask.missing) missing ^= 1U;
}

/// For every pixel the distance to the nearest missing one of its row, at most kMaxKernel + 1.
std::vector<std::uint8_t> row_distances(const Mask& mask) {
  constexpr std::uint8_t kFar = kMaxKernel + 1;
  std::vector<std::uint8_t> distances(mask.missing.size());
  const auto width = static_cast<std::size_t>(mask.width);
  for (std::size_t row = 0; row < distances.size(); row += width) {
    std::uint8_t distance = kFar;
    const auto step = [&](std::size_t x) {
      distance = mask.missing[row + x] != 0
                     ? std::uint8_t{0}
                     : static_cast<std::uint8_t>(std::min<int>(kFar, distance + 1));
    };
    for (std::size_t x = 0; x < width; ++x) {
      step(x);
      distances[row + x] = distance;
    }
    distance = kFar;
    for (std::size_t x = width; x-- > 0;) {
      step(x);
      distances[row + x] = std::min(distances[row + x], distance);
    }
  }
  return distances;
}

Mask grown(const Mask& mask, int radius) {
  const std::vector<std::uint8_t> distances = row_distances(mask);
  Mask result{mask.width, mask.height, std::vector<std::uint8_t>(mask.missing.size())};
  const auto width = static_cast<std::size_t>(mask.width);
  for (int dy = -radius; dy <= radius; ++dy) {
    // The element's half width in this row, as OpenCV rounds it (to even).
    const auto reach = static_cast<int>(
        std::nearbyint(radius * std::sqrt((radius * radius - dy * dy) *
                                          (radius > 0 ? 1.0 / (radius * radius) : 0))));
    for (int y = std::max(0, -dy); y < std::min(mask.height, mask.height - dy); ++y) {
      const std::uint8_t* from = distances.data() + static_cast<std::size_t>(y + dy) * width;
      std::uint8_t* to = result.missing.data() + static_cast<std::size_t>(y) * width;
      for (std::size_t x = 0; x < width; ++x) to[x] |= from[x] <= reach ? 1U : 0U;
    }
  }
  return result;
}

}  // namespace

Mask adjusted(Mask mask, Adjustment adjustment, int radius) {
  if (adjustment == Adjustment::expand) return grown(mask, radius);
  invert(mask);
  if (adjustment == Adjustment::reverse) return mask;
  Mask known = grown(mask, radius);
  invert(known);
  return known;
}

}  // namespace lama::internal::server

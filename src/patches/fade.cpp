#include "patches/fade.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace lama::internal::patches {
namespace {

/// The sum of the steps near one pixel.
struct NearSteps {
  std::array<float, 3> sum{};
  float weights = 0;
  float distance = kFadeReach;  // from the nearest
};

}  // namespace

void fade(const std::vector<EdgeStep>& steps, int width, int height, float* values) {
  std::vector<NearSteps> sums(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const auto index = [&](int x, int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  };
  // Everything that depends on the distance alone, for each place around a step.
  constexpr int kSide = 2 * kFadeReach + 1;
  struct Place {
    float weight, distance;
  };
  std::array<Place, std::size_t{kSide} * kSide> places;
  for (int dy = 0; dy < kSide; ++dy) {
    for (int dx = 0; dx < kSide; ++dx) {
      const auto x = static_cast<float>(dx - kFadeReach), y = static_cast<float>(dy - kFadeReach);
      const float square = x * x + y * y;
      places[static_cast<std::size_t>(kSide * dy + dx)] = {std::exp(-square / 2),
                                                           std::sqrt(square)};
    }
  }
  for (const EdgeStep& edge : steps) {
    for (int y = std::max(0, edge.y - kFadeReach); y <= std::min(height - 1, edge.y + kFadeReach);
         ++y) {
      for (int x = std::max(0, edge.x - kFadeReach); x <= std::min(width - 1, edge.x + kFadeReach);
           ++x) {
        const auto [weight, distance] = places[static_cast<std::size_t>(
            kSide * (y - edge.y + kFadeReach) + (x - edge.x + kFadeReach))];
        NearSteps& at = sums[index(x, y)];
        for (std::size_t c = 0; c < 3; ++c) at.sum[c] += weight * edge.step[c];
        at.weights += weight;
        at.distance = std::min(at.distance, distance);
      }
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].weights == 0) continue;
    const float left = 1 - sums[i].distance / kFadeReach;
    for (std::size_t c = 0; c < 3; ++c) {
      values[3 * i + c] += left * left * sums[i].sum[c] / sums[i].weights;
    }
  }
}

}  // namespace lama::internal::patches

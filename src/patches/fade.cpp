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
  for (const EdgeStep& edge : steps) {
    for (int y = std::max(0, edge.y - kFadeReach); y <= std::min(height - 1, edge.y + kFadeReach);
         ++y) {
      for (int x = std::max(0, edge.x - kFadeReach); x <= std::min(width - 1, edge.x + kFadeReach);
           ++x) {
        const auto dx = static_cast<float>(x - edge.x), dy = static_cast<float>(y - edge.y);
        const float square = dx * dx + dy * dy;
        const float weight = std::exp(-square / 2);
        NearSteps& at = sums[index(x, y)];
        for (std::size_t c = 0; c < 3; ++c) at.sum[c] += weight * edge.step[c];
        at.weights += weight;
        at.distance = std::min(at.distance, std::sqrt(square));
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

#include "patches/fade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>

namespace lama::internal::patches {
namespace {

constexpr int kFadeWidth = 24, kFadeHeight = 17;

float at(const std::vector<float>& values, int x, int y, std::size_t c = 0) {
  return values[3 * static_cast<std::size_t>(y * kFadeWidth + x) + c];
}

std::vector<float> faded(const std::vector<EdgeStep>& steps, float before = 0) {
  std::vector<float> values(std::size_t{3} * kFadeWidth * kFadeHeight, before);
  fade(steps, kFadeWidth, kFadeHeight, values.data());
  return values;
}

TEST(Fade, LeavesLessOfAStepFartherAway) {
  const std::vector<float> values = faded({{10, 8, {0.8F, -0.4F, 0}}}, 0.1F);
  EXPECT_NEAR(at(values, 10, 8), 0.9, 1e-6);
  EXPECT_NEAR(at(values, 10, 8, 1), -0.3, 1e-6);
  EXPECT_NEAR(at(values, 10, 8, 2), 0.1, 1e-6);
  EXPECT_NEAR(at(values, 12, 8), 0.1 + 0.8 / 4, 1e-6);
  EXPECT_NEAR(at(values, 10, 11), 0.1 + 0.8 / 16, 1e-6);
  for (int y = 0; y < kFadeHeight; ++y) {
    for (int x = 0; x < kFadeWidth; ++x) {
      if (std::hypot(x - 10, y - 8) >= kFadeReach) {
        EXPECT_EQ(at(values, x, y), 0.1F) << x << ',' << y;
      }
    }
  }
}

// The definition, one pixel after the other.
TEST(Fade, TakesTheWeightedMeanOfSteps) {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<EdgeStep> steps;
  for (int x = 0; x < kFadeWidth; x += 2) {
    steps.push_back({x, 3 + x / 3, {uniform(random), uniform(random), uniform(random)}});
  }
  const std::vector<float> values = faded(steps);
  for (int y = 0; y < kFadeHeight; ++y) {
    for (int x = 0; x < kFadeWidth; ++x) {
      double sum = 0, weights = 0, nearest = kFadeReach;
      for (const EdgeStep& edge : steps) {
        const int across = std::abs(x - edge.x), down = std::abs(y - edge.y);
        if (std::max(across, down) > kFadeReach) continue;
        const double distance = std::hypot(across, down);
        const double weight = std::exp(-distance * distance / 2);
        sum += weight * static_cast<double>(edge.step[1]);
        weights += weight;
        nearest = std::min(nearest, distance);
      }
      const double left = 1 - nearest / kFadeReach;
      const double expected = weights > 0 ? left * left * sum / weights : 0;
      EXPECT_NEAR(at(values, x, y, 1), expected, 1e-5) << x << ',' << y;
    }
  }
}

}  // namespace
}  // namespace lama::internal::patches

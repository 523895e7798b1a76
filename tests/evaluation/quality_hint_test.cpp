#include "evaluation/quality_hint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace lama::internal::evaluation {
namespace {

constexpr int kSide = 96;

/// Noise of some strength about a level: `inside` in the middle third, `outside` elsewhere.
Planes picture(float inside, float inside_noise, float outside, float outside_noise) {
  std::mt19937 random(1);
  Planes planes{kSide, kSide, std::vector<float>(3 * kSide * kSide)};
  for (int i = 0; i < kSide * kSide; ++i) {
    const int x = i % kSide, y = i / kSide;
    const bool in = x >= 32 && x < 64 && y >= 32 && y < 64;
    const float noise = static_cast<float>(random() % 1001) / 1000 - 0.5F;
    for (int c = 0; c < 3; ++c) {
      planes.values[static_cast<std::size_t>(c * kSide * kSide + i)] =
          in ? inside + noise * inside_noise : outside + noise * outside_noise;
    }
  }
  return planes;
}

Mask middle() {
  Mask mask{kSide, kSide, {}};
  for (int i = 0; i < kSide * kSide; ++i) {
    const int x = i % kSide, y = i / kSide;
    mask.missing.push_back(x >= 32 && x < 64 && y >= 32 && y < 64);
  }
  return mask;
}

TEST(QualityHint, IsOneForAFillLikeItsSurroundings) {
  const QualityHint hint = quality_hint(picture(0.5F, 0.2F, 0.5F, 0.2F), middle());
  EXPECT_NEAR(hint.sharpness_ratio, 1, 0.1);
  EXPECT_NEAR(hint.luma_ratio, 1, 0.02);
}

TEST(QualityHint, DetectsABlurryFillAndADarkOne) {
  const QualityHint hint = quality_hint(picture(0.4F, 0.05F, 0.5F, 0.2F), middle());
  EXPECT_NEAR(hint.sharpness_ratio, 0.25, 0.03);
  EXPECT_NEAR(hint.luma_ratio, 0.8, 0.02);
  for (const double ratio : hint.colour_ratio) EXPECT_NEAR(ratio, 0.8, 0.02);
}

TEST(QualityHint, DoesNotCountASeamAsDetail) {
  // Two flat parts of different brightness.
  EXPECT_TRUE(std::isnan(quality_hint(picture(0.2F, 0, 0.8F, 0), middle()).sharpness_ratio));
}

TEST(QualityHint, IsNanWithoutARing) {
  Mask all = middle();
  all.missing.assign(all.missing.size(), 1);
  EXPECT_TRUE(std::isnan(quality_hint(picture(0.5F, 0.1F, 0.5F, 0.1F), all).luma_ratio));
}

}  // namespace
}  // namespace lama::internal::evaluation

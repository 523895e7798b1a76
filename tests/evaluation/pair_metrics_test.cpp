#include "evaluation/pair_metrics.h"

#include <cmath>

#include "evaluation/cielab.h"
#include "tests/evaluation/oracle.h"

namespace lama::internal::evaluation {
namespace {

using testing::EvaluationOracle;

Planes flat(int width, int height, float red, float green, float blue) {
  Planes planes{width, height, {}};
  for (const float value : {red, green, blue}) {
    planes.values.insert(planes.values.end(), planes.pixels(), value);
  }
  return planes;
}

Mask rectangle(int width, int height, int x0, int y0, int x1, int y1) {
  Mask mask{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      mask.missing.push_back(x >= x0 && x < x1 && y >= y0 && y < y1);
    }
  }
  return mask;
}

TEST(PairMetrics, FollowThePublishedSsimAndTheirFormulas) {
  const EvaluationOracle oracle;
  for (const std::string index : {"0", "1"}) {
    const auto expected = oracle.doubles("plain" + index);
    const PairMetrics found =
        compare(oracle.picture("result" + index), oracle.picture("truth"), oracle.mask());
    // The published code computes in float32, as this code does; sums of products near 1 are off by
    // a few 1e-7.
    EXPECT_NEAR(found.ssim, expected[0], 2e-6);
    EXPECT_NEAR(found.psnr, expected[1], 1e-5);
    EXPECT_NEAR(found.l1, expected[2], 1e-7);
    EXPECT_NEAR(found.hole_ssim, expected[3], 1e-5);
    EXPECT_NEAR(found.hole_psnr, expected[4], 1e-5);
    EXPECT_NEAR(found.hole_l1, expected[5], 1e-7);
    EXPECT_NEAR(found.ring_delta_e, expected[6], 1e-2);  // the constants of XYZ have six digits
    EXPECT_NEAR(found.lightness_bias, expected[7], 1e-3);
  }
}

TEST(PairMetrics, OfEqualPicturesAreTheBestPossible) {
  const EvaluationOracle oracle;
  const Planes truth = oracle.picture("truth");
  const PairMetrics found = compare(truth, truth, oracle.mask());
  EXPECT_NEAR(found.ssim, 1, 1e-6);
  EXPECT_EQ(found.psnr, kMostPsnr);
  EXPECT_EQ(found.hole_psnr, kMostPsnr);
  EXPECT_EQ(found.l1, 0);
  EXPECT_EQ(found.ring_delta_e, 0);
  EXPECT_EQ(found.lightness_bias, 0);
}

TEST(PairMetrics, ADarkFillHasANegativeBiasAndItsRingCountsAlone) {
  const Planes truth = flat(20, 20, 0.5F, 0.5F, 0.5F);
  Planes result = truth;
  const Mask hole = rectangle(20, 20, 5, 5, 15, 15);
  for (std::size_t i = 0; i < truth.pixels(); ++i) {
    if (hole.missing[i] == 0) continue;
    const std::size_t x = i % 20, y = i / 20;
    // Correct at the rim, dark inside.
    const bool rim = x == 5 || x == 14 || y == 5 || y == 14;
    for (std::size_t c = 0; c < 3; ++c) result.values[c * 400 + i] = rim ? 0.5F : 0.4F;
  }
  const PairMetrics found = compare(result, truth, hole);
  EXPECT_EQ(found.ring_delta_e, 0);
  const double step = cielab(0.4, 0.4, 0.4)[0] - cielab(0.5, 0.5, 0.5)[0];
  EXPECT_NEAR(found.lightness_bias, 0.64 * step, 1e-5);
}

TEST(PairMetrics, WithoutAHoleHaveNoHoleValues) {
  const Planes truth = flat(12, 3, 1, 0, 0);
  const PairMetrics found = compare(truth, truth, rectangle(12, 3, 0, 0, 0, 0));
  EXPECT_EQ(found.psnr, kMostPsnr);
  for (const double value : {found.hole_ssim, found.hole_psnr, found.hole_l1, found.ring_delta_e,
                             found.lightness_bias}) {
    EXPECT_TRUE(std::isnan(value));
  }
}

TEST(PairMetrics, WithoutKnownPixelsHaveNoRing) {
  const Planes truth = flat(4, 4, 1, 0, 0);
  const PairMetrics found = compare(truth, truth, rectangle(4, 4, 0, 0, 4, 4));
  EXPECT_EQ(found.hole_l1, 0);
  EXPECT_TRUE(std::isnan(found.ring_delta_e));
}

TEST(PairMetrics, OfAFlatTruthHaveNoSharpness) {
  constexpr int kSide = 40;
  Planes truth = flat(kSide, kSide, 0.1F, 0.7F, 0.3F);
  for (std::size_t i = 0; i < 3 * truth.pixels(); ++i) {
    const std::size_t y = i % truth.pixels() / kSide;
    if (y < 10) truth.values[i] += i % 2 == 0 ? 0.2F : 0.0F;
  }
  const Mask hole = rectangle(kSide, kSide, 15, 15, 25, 25);
  Planes result = truth;
  result.values[20 * kSide + 20] = 1;
  EXPECT_TRUE(std::isnan(compare(result, truth, hole).sharpness));
  truth.values[20 * kSide + 20] = 1;
  EXPECT_EQ(compare(result, truth, hole).sharpness, 1);
}

TEST(PairMetrics, RefuseOtherSizes) {
  const Planes truth = flat(8, 6, 0, 0, 0);
  const std::string error =
      testing::error_of([&] { compare(flat(6, 8, 0, 0, 0), truth, rectangle(8, 6, 0, 0, 1, 1)); });
  EXPECT_EQ(error, "the result is 6 x 8 pixels and the picture 8 x 6");
}

TEST(Cielab, KnowsTheCornersOfSrgb) {
  // CIE 15 and IEC 61966-2-1, as printed in many tables.
  const auto near = [](const std::array<double, 3>& lab, double l, double a, double b) {
    return std::abs(lab[0] - l) < 0.02 && std::abs(lab[1] - a) < 0.02 &&
           std::abs(lab[2] - b) < 0.02;
  };
  EXPECT_TRUE(near(cielab(1, 1, 1), 100, 0, 0));
  EXPECT_TRUE(near(cielab(0, 0, 0), 0, 0, 0));
  EXPECT_TRUE(near(cielab(1, 0, 0), 53.24, 80.09, 67.20));
  EXPECT_TRUE(near(cielab(0, 0, 1), 32.30, 79.19, -107.86));
}

}  // namespace
}  // namespace lama::internal::evaluation

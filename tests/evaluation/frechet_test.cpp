#include "evaluation/frechet.h"

#include <cmath>
#include <random>

#include "tests/evaluation/oracle.h"

namespace lama::internal::evaluation {
namespace {

using testing::EvaluationOracle;

TEST(Frechet, EqualsThePublishedCodes) {
  const EvaluationOracle oracle;
  for (const std::string set : {"many", "few"}) {
    const double distance = frechet_distance(oracle.features("features." + set + ".result"),
                                             oracle.features("features." + set + ".truth"));
    const auto expected = oracle.doubles("frechet." + set);
    EXPECT_NEAR(distance, expected[0], 1e-6 * expected[0]) << set << ", by eigenvalues in float64";
    EXPECT_NEAR(distance, expected[1], 1e-5 * expected[1]) << set << ", by the published code";
  }
}

TEST(Frechet, OfOneDimensionIsTheFormula) {
  // Two points each: means 1 and 5, variances 2 and 8.
  const Features a{1, {0, 2}}, b{1, {3, 7}};
  const double expected = 16 + 2 + 8 - 2 * std::sqrt(2.0 * 8);
  EXPECT_NEAR(frechet_distance(a, b), expected, 1e-12);
}

TEST(Frechet, OfASetToItselfIsZero) {
  const EvaluationOracle oracle;
  for (const std::string set : {"many", "few"}) {
    const Features features = oracle.features("features." + set + ".truth");
    EXPECT_NEAR(frechet_distance(features, features), 0, 1e-9) << set;
  }
}

TEST(Frechet, StaysFiniteForSingularCovariances) {
  // Constant dimensions, equal dimensions, and more rows than varying dimensions.
  std::mt19937 random(1);
  Features a{6, {}}, b{6, {}};
  for (int i = 0; i < 50; ++i) {
    for (Features* features : {&a, &b}) {
      const auto value = static_cast<float>(random() % 100);
      features->values.insert(features->values.end(), {1, value, value, 0, 2 * value, 7});
    }
  }
  const double distance = frechet_distance(a, b);
  EXPECT_TRUE(std::isfinite(distance));
  // Only one number varies, times the vector (0, 1, 1, 0, 2, 0) of squared length 6.
  double mean[2] = {0, 0}, variance[2] = {0, 0};
  for (int k = 0; k < 2; ++k) {
    const Features& f = k == 0 ? a : b;
    for (std::size_t i = 0; i < 50; ++i) mean[k] += f.row(i)[1] / 50;
    for (std::size_t i = 0; i < 50; ++i) variance[k] += std::pow(f.row(i)[1] - mean[k], 2) / 49;
  }
  const double expected = 6 * (std::pow(mean[0] - mean[1], 2) +
                               std::pow(std::sqrt(variance[0]) - std::sqrt(variance[1]), 2));
  EXPECT_NEAR(distance, expected, 1e-6 * expected);
}

TEST(Frechet, DoesNotExistForOneRow) {
  EXPECT_TRUE(std::isnan(frechet_distance({2, {1, 2}}, {2, {1, 2, 3, 4}})));
  EXPECT_TRUE(std::isnan(frechet_distance({}, {})));
}

}  // namespace
}  // namespace lama::internal::evaluation

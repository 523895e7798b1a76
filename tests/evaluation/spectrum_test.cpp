#include "evaluation/spectrum.h"

#include <cmath>

#include "tests/evaluation/oracle.h"

namespace lama::internal::evaluation {
namespace {

TEST(Spectrum, IsNumPys) {
  const testing::EvaluationOracle oracle, fills("fills.safetensors");
  const auto expected = fills.doubles("spectrum");
  const Planes truth = oracle.picture("truth");
  for (std::size_t i = 0; i < 2; ++i) {
    const Planes result = oracle.picture("result" + std::to_string(i));
    EXPECT_NEAR(spectrum_distance(result, truth, oracle.mask()), expected[i], 1e-4 * expected[i]);
  }
  EXPECT_EQ(spectrum_distance(truth, truth, oracle.mask()), 0);
}

TEST(Spectrum, DoesNotExistForAHoleWithoutAWindow) {
  const testing::EvaluationOracle oracle;
  Mask thin = oracle.mask();
  for (std::size_t i = 0; i < thin.missing.size(); ++i) thin.missing[i] = i % 4 == 0;
  const Planes truth = oracle.picture("truth");
  EXPECT_TRUE(std::isnan(spectrum_distance(truth, truth, thin)));
}

}  // namespace
}  // namespace lama::internal::evaluation

#include "evaluation/sharpness.h"

#include <cmath>

#include "tests/evaluation/oracle.h"

namespace lama::internal::evaluation {
namespace {

TEST(Sharpness, IsPyTorchs) {
  const testing::EvaluationOracle oracle, fills("fills.safetensors");
  const auto expected = fills.doubles("sharpness");
  const double truth = sharpness(oracle.picture("truth"), oracle.mask());
  for (std::size_t i = 0; i < 2; ++i) {
    const Planes result = oracle.picture("result" + std::to_string(i));
    EXPECT_NEAR(sharpness(result, oracle.mask()) / truth, expected[i], 1e-5 * expected[i]);
  }
}

TEST(Sharpness, DoesNotExistWithoutAHoleOrWithoutSurroundings) {
  const Planes grey{4, 4, std::vector<float>(48, 0.5F)};
  EXPECT_TRUE(std::isnan(sharpness(grey, {4, 4, std::vector<std::uint8_t>(16, 0)})));
  EXPECT_TRUE(std::isnan(sharpness(grey, {4, 4, std::vector<std::uint8_t>(16, 1)})));
}

}  // namespace
}  // namespace lama::internal::evaluation

#include "evaluation/kernel_distance.h"

#include <cmath>

#include "tests/evaluation/oracle.h"

namespace lama::internal::evaluation {
namespace {

TEST(KernelDistance, IsTheMeanOverPairs) {
  const testing::EvaluationOracle oracle, fills("fills.safetensors");
  for (const std::string name : {"many", "few"}) {
    const double expected = fills.doubles("kernel." + name)[0];
    const Features results = oracle.features("features." + name + ".result"),
                   truths = oracle.features("features." + name + ".truth");
    EXPECT_NEAR(kernel_distance(results, truths), expected, 1e-9 * std::abs(expected)) << name;
  }
}

TEST(KernelDistance, OfOneRowDoesNotExist) {
  EXPECT_TRUE(std::isnan(kernel_distance({2, {1, 2}}, {2, {1, 2, 3, 4}})));
}

}  // namespace
}  // namespace lama::internal::evaluation

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

/// More rows than a block has, and no multiple of it, against the sums of powers: with one
/// dimension (1 + xy)^3 is 1 + 3xy + 3x²y² + x³y³.
TEST(KernelDistance, TakesEveryRowOfLargeSets) {
  const auto line = [](std::size_t count, float first) {
    Features features{1, {}};
    for (std::size_t i = 0; i < count; ++i) {
      features.values.push_back(first + static_cast<float>(i % 37) / 37);
    }
    return features;
  };
  struct Powers {
    double count = 0, sums[3] = {0, 0, 0}, equal = 0;
  };
  const auto powers_of = [](const Features& features) {
    Powers powers;
    powers.count = static_cast<double>(features.count());
    for (const float value : features.values) {
      const double x = value;
      powers.sums[0] += x;
      powers.sums[1] += x * x;
      powers.sums[2] += x * x * x;
      powers.equal += std::pow(1 + x * x, 3);
    }
    return powers;
  };
  const auto sum = [](const Powers& a, const Powers& b) {
    return a.count * b.count + 3 * a.sums[0] * b.sums[0] + 3 * a.sums[1] * b.sums[1] +
           a.sums[2] * b.sums[2];
  };
  const auto within = [&](const Powers& a) {
    return (sum(a, a) - a.equal) / (a.count * (a.count - 1));
  };
  const Features a = line(1300, 0), b = line(513, 0.5);
  const Powers p = powers_of(a), q = powers_of(b);
  EXPECT_NEAR(kernel_distance(a, b), within(p) + within(q) - 2 * sum(p, q) / (p.count * q.count),
              1e-9);
}

TEST(KernelDistance, OfOneRowDoesNotExist) {
  EXPECT_TRUE(std::isnan(kernel_distance({2, {1, 2}}, {2, {1, 2, 3, 4}})));
}

}  // namespace
}  // namespace lama::internal::evaluation

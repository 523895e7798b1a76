#include "evaluation/paired_bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace lama::internal::evaluation {
namespace {

TEST(PairedInterval, IsNearTheNormalOne) {
  // 100 values with mean 0.1 and deviation 1: 0.1 +- 1.96 / 10.
  std::vector<double> values;
  for (int i = 0; i < 50; ++i) values.insert(values.end(), {1.1, -0.9});
  const Interval interval = paired_interval(values);
  EXPECT_NEAR(interval.low, 0.1 - 0.196, 0.02);
  EXPECT_NEAR(interval.high, 0.1 + 0.196, 0.02);
}

TEST(PairedInterval, ExcludesZeroWhereEveryPictureAgrees) {
  EXPECT_GT(paired_interval(std::vector<double>{1, 2, 1, 2, 1, 2}).low, 0);
  EXPECT_LT(paired_interval(std::vector<double>{-1, -2, -1, -2, -1, -2}).high, 0);
}

TEST(PairedInterval, IsUnboundedForFewPictures) {
  for (const auto& values : {std::vector<double>{1, 1, 1, 1}, {1, 1, 1, 1, std::nan("")}}) {
    EXPECT_EQ(paired_interval(values).low, -INFINITY);
    EXPECT_EQ(paired_interval(values).high, INFINITY);
  }
}

}  // namespace
}  // namespace lama::internal::evaluation

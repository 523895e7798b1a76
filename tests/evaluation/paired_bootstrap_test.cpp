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
  EXPECT_FALSE(interval.excludes_zero());
}

TEST(PairedInterval, ExcludesZeroWhereEveryPictureAgrees) {
  EXPECT_TRUE(paired_interval(std::vector<double>{1, 2, 1, 2, 1, 2}).excludes_zero());
  EXPECT_TRUE(paired_interval(std::vector<double>{-1, -2, -1, -2, -1, -2}).excludes_zero());
}

TEST(PairedInterval, SaysNothingOfFewPictures) {
  EXPECT_FALSE(paired_interval(std::vector<double>{1, 1, 1, 1}).excludes_zero());
  EXPECT_FALSE(paired_interval(std::vector<double>{1, 1, 1, 1, std::nan("")}).excludes_zero());
}

}  // namespace
}  // namespace lama::internal::evaluation

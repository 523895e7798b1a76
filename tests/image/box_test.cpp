#include "image/box.h"

#include <gtest/gtest.h>

#include <limits>

namespace lama::internal {
namespace {

TEST(Box, CountsItsOwnPixelsRowByRow) {
  const Box box{10, 20, 5, 4};
  EXPECT_EQ(box.index(10, 20), 0U);
  EXPECT_EQ(box.index(14, 23), box.pixels() - 1);
}

TEST(Box, IsInsideWithEveryPixelOnly) {
  const Box whole{0, 0, 30, 20};
  EXPECT_TRUE(is_inside(whole, whole));
  EXPECT_TRUE(is_inside({29, 19, 1, 1}, whole));
  for (const Box& box : {Box{-1, 0, 2, 2}, Box{0, -1, 2, 2}, Box{29, 0, 2, 2}, Box{0, 19, 2, 2}}) {
    EXPECT_FALSE(is_inside(box, whole)) << box.x << ' ' << box.y;
  }
}

TEST(Box, WithoutPixelsOrOfHugeNumbersIsNotInside) {
  constexpr int kMost = std::numeric_limits<int>::max();
  for (const Box& box : {Box{1, 1, 0, 2}, Box{1, 1, 2, 0}, Box{1, 1, -1, -1}, Box{1, 1, kMost, 1},
                         Box{kMost, 1, kMost, 1}, Box{1, kMost, 1, kMost}}) {
    EXPECT_FALSE(is_inside(box, {0, 0, 30, 20})) << box.x << ' ' << box.y;
  }
}

}  // namespace
}  // namespace lama::internal

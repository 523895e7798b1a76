#include "patches/level.h"

#include <gtest/gtest.h>

namespace lama::internal::patches {
namespace {

Level level(int width, int height) {
  Level level;
  level.width = width;
  level.height = height;
  for (std::size_t i = 0; i < level.pixels(); ++i) {
    for (int c = 0; c < 3; ++c)
      level.samples.push_back(static_cast<float>(i) + 0.25F * static_cast<float>(c));
    level.missing.push_back(0);
  }
  return level;
}

TEST(Level, HalvedIsTheMeanOfKnownPixels) {
  Level full = level(6, 2);
  full.missing[7] = 1;                                       // at 1,1
  full.missing[2] = full.missing[3] = 1;                     // at 2,0 and 3,0
  full.missing[4] = full.missing[5] = full.missing[10] = 1;  // all but 5,1
  const Level half = halved(full);
  ASSERT_EQ(half.width, 3);
  ASSERT_EQ(half.height, 1);
  EXPECT_EQ(half.missing, (std::vector<std::uint8_t>{0, 0, 1}));
  EXPECT_FLOAT_EQ(half.at({0, 0})[0], (0 + 1 + 6) / 3.0F);
  EXPECT_FLOAT_EQ(half.at({1, 0})[1], (8 + 9) / 2.0F + 0.25F);
}

TEST(Level, HalvedKeepsAnOddEdge) {
  Level full = level(5, 3);
  full.missing[4] = full.missing[9] = 1;  // all of the last column but its last pixel
  const Level half = halved(full);
  ASSERT_EQ(half.width, 3);
  ASSERT_EQ(half.height, 2);
  EXPECT_EQ(half.missing, (std::vector<std::uint8_t>{0, 0, 1, 0, 0, 0}));
  EXPECT_FLOAT_EQ(half.at({2, 1})[0], 14);
}

}  // namespace
}  // namespace lama::internal::patches

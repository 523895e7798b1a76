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
    level.source.push_back(1);
  }
  return level;
}

TEST(Level, HalvedIsTheMeanOfKnownPixels) {
  Level full = level(4, 2);
  full.missing[5] = 1;  // at 1,1
  full.source[5] = 0;
  full.source[6] = 0;  // at 2,1
  const Level half = halved(full);
  ASSERT_EQ(half.width, 2);
  ASSERT_EQ(half.height, 1);
  EXPECT_EQ(half.missing, (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(half.source, (std::vector<std::uint8_t>{0, 0}));
  EXPECT_FLOAT_EQ(half.at({0, 0})[0], (0 + 1 + 4) / 3.0F);
  EXPECT_FLOAT_EQ(half.at({1, 0})[1], (2 + 3 + 6 + 7) / 4.0F + 0.25F);
}

TEST(Level, HalvedCopiesNothingFromBeyondAnOddEdge) {
  const Level half = halved(level(5, 3));
  ASSERT_EQ(half.width, 3);
  ASSERT_EQ(half.height, 2);
  EXPECT_EQ(half.missing, (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(half.source, (std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0}));
  EXPECT_FLOAT_EQ(half.at({2, 1})[0], 14);
}

}  // namespace
}  // namespace lama::internal::patches

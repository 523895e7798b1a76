#include "patches/dominant_offsets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace lama::internal::patches {
namespace {

/// Noise repeated by 30 across and 22 down, with a hole.
Level tiles() {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> uniform(0.3F, 0.6F);
  std::vector<float> tile(30 * 22 * 3);
  for (float& value : tile) value = uniform(random);
  Level level;
  level.width = 160;
  level.height = 120;
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        level.samples.push_back(tile[static_cast<std::size_t>((y % 22 * 30 + x % 30) * 3 + c)]);
      }
      const bool hole = x >= 50 && x < 90 && y >= 40 && y < 70;
      level.missing.push_back(static_cast<std::uint8_t>(hole));
      level.source.push_back(static_cast<std::uint8_t>(!hole));
    }
  }
  return level;
}

TEST(DominantOffsets, FindsThePeriodsOfATexture) {
  const Level level = tiles();
  ThreadPool pool(2);
  const std::vector<Point> offsets = dominant_offsets(level, 20, 0, pool);
  ASSERT_EQ(offsets.size(), 20U);
  for (std::size_t i = 0; i < 8; ++i) {
    const Point offset = offsets[i];
    EXPECT_TRUE(offset.x % 30 == 0 && offset.y % 22 == 0) << offset.x << ',' << offset.y;
    EXPECT_NE(offset, Point{});
  }
}

TEST(DominantOffsets, AreEmptyForTinyPictures) {
  ThreadPool pool(1);
  Level level;
  level.width = level.height = 3;
  level.samples.assign(27, 0.5F);
  level.missing.assign(9, 0);
  level.source.assign(9, 1);
  EXPECT_TRUE(dominant_offsets(level, 20, 0, pool).empty());
}

}  // namespace
}  // namespace lama::internal::patches

#include "patches/offset_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace lama::patches {
namespace {

/// Noise repeated by 30 across and 22 down, with one thing that is there once, and a hole.
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
      const bool thing = x >= 120 && x < 135 && y >= 80 && y < 95;
      for (int c = 0; c < 3; ++c) {
        level.samples.push_back(
            thing ? static_cast<float>(c == 0)
                  : tile[static_cast<std::size_t>((y % 22 * 30 + x % 30) * 3 + c)]);
      }
      const bool hole = x >= 50 && x < 90 && y >= 40 && y < 70;
      level.missing.push_back(static_cast<std::uint8_t>(hole));
      level.source.push_back(static_cast<std::uint8_t>(!hole));
    }
  }
  return level;
}

TEST(OffsetStatistics, FindsThePeriodsOfATexture) {
  const Level level = tiles();
  ThreadPool pool(2);
  const OffsetStatistics statistics = offset_statistics(level, 20, 0, pool);
  ASSERT_EQ(statistics.offsets.size(), 20U);
  for (std::size_t i = 0; i < 8; ++i) {
    const Point offset = statistics.offsets[i];
    EXPECT_TRUE(offset.x % 30 == 0 && offset.y % 22 == 0) << offset.x << ',' << offset.y;
    EXPECT_NE(offset, Point{});
  }
}

TEST(OffsetStatistics, FindsWhatIsThereOnce) {
  const Level level = tiles();
  ThreadPool pool(2);
  const std::vector<float> rarity = offset_statistics(level, 20, 0, pool).rarity;
  ASSERT_EQ(rarity.size(), level.pixels());
  EXPECT_GT(rarity[level.index({127, 87})], 0.1F);
  EXPECT_EQ(rarity[level.index({20, 20})], 0);
}

TEST(OffsetStatistics, OfNextToNothingIsNothing) {
  ThreadPool pool(1);
  Level level;
  level.width = level.height = 3;
  level.samples.assign(27, 0.5F);
  level.missing.assign(9, 0);
  level.source.assign(9, 1);
  EXPECT_TRUE(offset_statistics(level, 20, 0, pool).offsets.empty());
}

}  // namespace
}  // namespace lama::patches

#include "patches/votes.h"

#include <gtest/gtest.h>

#include <random>

namespace lama::internal::patches {
namespace {

/// Noise with a hole, whose colours must not be seen.
Level noise_with_hole(int width, int height, Point first, Point last) {
  Level level;
  level.width = width;
  level.height = height;
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(0, 1);
  level.samples.resize(Level::kChannels * level.pixels());
  for (float& sample : level.samples) sample = uniform(random);
  level.missing.resize(level.pixels());
  for (int y = first.y; y <= last.y; ++y) {
    for (int x = first.x; x <= last.x; ++x) {
      const std::size_t i = level.index({x, y});
      level.missing[i] = 1;
      for (std::size_t c = 0; c < Level::kChannels; ++c) {
        level.samples[Level::kChannels * i + c] = 1e9F;
      }
    }
  }
  return level;
}

/// Every pixel's source is at this offset, if that is in the picture.
Field shifted(const Level& level, Point offset, float distance = 0) {
  Field field(level.pixels());
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const Point source = Point{x, y} + offset;
      if (!level.inside(source)) continue;
      field[level.index({x, y})] = {static_cast<std::int32_t>(level.index(source)), distance};
    }
  }
  return field;
}

std::vector<std::uint8_t> all(const Level& level) {
  return std::vector<std::uint8_t>(level.pixels(), 1);
}

TEST(Votes, OfPatchesThatAgreeAreACopy) {
  Level level = noise_with_hole(40, 30, {4, 5}, {14, 20});
  const Level before = level;
  const Point offset{18, 3};
  ThreadPool pool(2);
  take_votes(level, shifted(level, offset), all(level), pool);
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const Point p{x, y};
      const bool missing = level.missing[level.index(p)] != 0;
      for (std::size_t c = 0; c < Level::kChannels; ++c) {
        EXPECT_NEAR(level.at(p)[c], before.at(missing ? p + offset : p)[c], 1e-6) << x << ',' << y;
      }
    }
  }
}

TEST(Votes, OfAStrayPatchHardlyCount) {
  const Level level = noise_with_hole(40, 30, {4, 5}, {14, 20});
  Field field = shifted(level, {18, 0});
  const Point stray{8, 9};
  field[level.index(stray)].source = static_cast<std::int32_t>(level.index({30, 20}));
  const std::vector<std::uint8_t> targets = all(level);
  const Votes votes(level, field, targets);
  const Votes::Ballot ballot = votes.of({9, 9});
  ASSERT_EQ(ballot.end() - ballot.begin(), 2);
  float agreeing = 0, sum = 0;
  for (const Votes::Vote& vote : ballot) {
    sum += vote.weight;
    if (vote.source == static_cast<std::int32_t>(level.index({27, 9}))) agreeing = vote.weight;
  }
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_GT(agreeing, 0.999F) << "48 of 49 patches";
}

TEST(Votes, OfPatchesThatResembleTheirSourceCountMore) {
  const Level level = noise_with_hole(60, 30, {4, 5}, {14, 20});
  Field field = shifted(level, {18, 0}, 0.1F);
  const Field other = shifted(level, {38, 0}, 1);
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (i % 60 % 5 == 0) field[i] = other[i];
  }
  const std::vector<std::uint8_t> targets = all(level);
  const Votes votes(level, field, targets);
  for (const Votes::Vote& vote : votes.of({9, 9})) {
    const bool near = vote.source == static_cast<std::int32_t>(level.index({27, 9}));
    EXPECT_EQ(near, vote.weight > 0.999F) << "without distances it were 0.94: " << vote.weight;
  }
}

TEST(Votes, AreNeverForMissingPixelsOrFromOtherRows) {
  Level level = noise_with_hole(24, 20, {0, 5}, {8, 14});
  ThreadPool pool(1);
  // Patches at these sources reach into the hole and beyond the picture.
  for (const Point offset : {Point{9, 0}, Point{15, 0}, Point{0, -6}, Point{12, 5}}) {
    take_votes(level, shifted(level, offset), all(level), pool);
    for (std::size_t i = 0; i < level.samples.size(); ++i) {
      if (level.samples[i] != 1e9F) {
        EXPECT_TRUE(level.samples[i] >= 0 && level.samples[i] <= 1.00001F) << level.samples[i];
      }
    }
  }
}

TEST(Votes, HaveTheSameBitsForEveryNumberOfThreads) {
  const Level level = noise_with_hole(70, 90, {4, 5}, {34, 80});
  Field field = shifted(level, {31, 0}, 0.5F);
  std::mt19937 random(1);
  for (Match& match : field) {
    if (match.source != Match::kNone) match.source += static_cast<std::int32_t>(random() % 4);
  }
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 5}) {
    Level filled = level;
    ThreadPool pool(threads);
    take_votes(filled, field, all(level), pool);
    results.push_back(filled.samples);
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(Votes, AFieldKeepsItsOffsetsAtTwiceTheSize) {
  const Level full = noise_with_hole(41, 30, {4, 6}, {13, 19});
  const Level half = halved(full);
  const Field coarse = shifted(half, {9, -2});
  const Field fine = enlarged(coarse, half, full);
  int checked = 0;
  for (int y = 6; y <= 19; ++y) {
    for (int x = 4; x <= 13; ++x) {
      ASSERT_EQ(fine[full.index({x, y})].source,
                static_cast<std::int32_t>(full.index({x + 18, y - 4})));
      ++checked;
    }
  }
  EXPECT_EQ(checked, 140);
  // No source beyond the edge or in the hole.
  for (const Match& match : fine) {
    if (match.source != Match::kNone) {
      EXPECT_EQ(full.missing[static_cast<std::size_t>(match.source)], 0);
    }
  }
}

}  // namespace
}  // namespace lama::internal::patches

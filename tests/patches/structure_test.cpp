#include "patches/structure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "patches/votes.h"

namespace lama::internal::patches {
namespace {

constexpr int kPictureWidth = 140, kPictureHeight = 100;
constexpr Point kHoleFirst{45, 25}, kHoleLast{94, 74};

bool in_hole(Point p) {
  return p.x >= kHoleFirst.x && p.x <= kHoleLast.x && p.y >= kHoleFirst.y && p.y <= kHoleLast.y;
}

/// A picture with a hole, whose colours must not be seen: colour(p, n) with noise n in 0..1.
template <typename Colour>
Level hole_in(const Colour& colour) {
  Level level;
  level.width = kPictureWidth;
  level.height = kPictureHeight;
  level.samples.resize(Level::kChannels * level.pixels());
  level.missing.resize(level.pixels());
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (int y = 0; y < kPictureHeight; ++y) {
    for (int x = 0; x < kPictureWidth; ++x) {
      const Point p{x, y};
      const std::size_t i = level.index(p);
      level.missing[i] = static_cast<std::uint8_t>(in_hole(p));
      const float value = colour(p, uniform(random));
      std::fill_n(level.samples.begin() + static_cast<std::ptrdiff_t>(Level::kChannels * i),
                  Level::kChannels, in_hole(p) ? 1e9F : value);
    }
  }
  return level;
}

Field fill(
    Level& level, int threads = 2, const Observer& observer = [](double /*done*/) {}) {
  ThreadPool pool(threads);
  const Level fine = level;
  return fill_structure(level, fine, 0, 1, pool, observer);
}

Level example() {
  return hole_in([](Point p, float noise) {
    return 0.5F + 0.2F * std::sin(0.2F * static_cast<float>(p.x)) + 0.3F * (noise - 0.5F);
  });
}

TEST(Structure, HasSourcesThatAreKnown) {
  Level level = example();
  const Level before = level;
  const Field field = fill(level);
  const Patches patches(level);
  ASSERT_EQ(field.size(), level.pixels());
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (patches.targets[i] != 0) {
      ASSERT_GE(field[i].source, 0);
      EXPECT_EQ(patches.sources[static_cast<std::size_t>(field[i].source)], 1);
    }
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      if (level.missing[i] == 0) {
        EXPECT_EQ(level.samples[c], before.samples[c]);
      } else {
        EXPECT_TRUE(level.samples[c] >= 0 && level.samples[c] <= 1) << level.samples[c];
      }
    }
  }
}

TEST(Structure, ContinuesAHorizonInItsPlace) {
  Level level = hole_in(
      [](Point p, float noise) { return (p.y < 57 ? 0.7F : 0.3F) + 0.2F * (noise - 0.5F); });
  fill(level);
  for (int x = kHoleFirst.x; x <= kHoleLast.x; ++x) {
    int sky = 0;
    for (int y = kHoleFirst.y; y <= kHoleLast.y; ++y) sky += level.at({x, y})[0] > 0.5F ? 1 : 0;
    EXPECT_NEAR(sky, 57 - kHoleFirst.y, 1) << x;
  }
}

// Mean colours are alike everywhere: only the strength of the texture tells the halves apart.
TEST(Structure, KeepsSmoothAndRoughTextureApart) {
  Level level = hole_in([](Point p, float noise) {
    return 0.5F + (p.y < kPictureHeight / 2 ? 0.04F : 0.6F) * (noise - 0.5F);
  });
  fill(level);
  const auto roughness = [&](int top, int bottom) {
    float sum = 0;
    for (int y = top; y < bottom; ++y) {
      for (int x = kHoleFirst.x; x < kHoleLast.x; ++x) {
        sum += std::abs(level.at({x, y})[0] - level.at({x + 1, y})[0]);
      }
    }
    return sum / static_cast<float>((bottom - top) * (kHoleLast.x - kHoleFirst.x));
  };
  // The mean difference of two uniform numbers is a third of their range.
  EXPECT_LT(roughness(kHoleFirst.y, kPictureHeight / 2 - 5), 0.03F);
  EXPECT_GT(roughness(kPictureHeight / 2 + 5, kHoleLast.y), 0.1F);
}

TEST(Structure, DoesNotRepeatASingleThing) {
  const auto thing = [](Point p) { return std::hypot(p.x - 118, p.y - 50) < 12; };
  Level level =
      hole_in([&](Point p, float noise) { return thing(p) ? 1.0F : 0.3F + 0.2F * (noise - 0.5F); });
  fill(level);
  for (int y = kHoleFirst.y; y <= kHoleLast.y; ++y) {
    for (int x = kHoleFirst.x; x <= kHoleLast.x; ++x)
      EXPECT_LT(level.at({x, y})[0], 0.5F) << x << ',' << y;
  }
}

TEST(Structure, HasTheSameBitsForEveryNumberOfThreads) {
  Level one = example();
  fill(one, 1);
  for (const int threads : {2, 5}) {
    Level more = example();
    fill(more, threads);
    EXPECT_EQ(one.samples, more.samples) << threads;
  }
}

TEST(Structure, NeedsAKnownPatch) {
  Level level = example();
  for (std::size_t i = 0; i < level.pixels(); ++i) {
    if (i % 6 == 0) level.missing[i] = 1;
  }
  EXPECT_TRUE(fill(level).empty());
}

TEST(Structure, TheObserverSeesProgress) {
  Level level = example();
  std::vector<double> seen{0};
  fill(level, 2, [&](double done) {
    EXPECT_GE(done, seen.back());
    seen.push_back(done);
  });
  EXPECT_GT(seen.size(), 20U);
  EXPECT_EQ(seen.back(), 1);
}

}  // namespace
}  // namespace lama::internal::patches

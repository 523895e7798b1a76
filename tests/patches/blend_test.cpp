#include "patches/blend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "patches/fade.h"
#include "patches/votes.h"

namespace lama::internal::patches {
namespace {

constexpr int kWidth = 90, kHeight = 60;
constexpr Point kFirst{50, 20}, kLast{69, 39};

template <typename Colour>
Level with_hole(const Colour& colour) {
  Level level;
  level.width = kWidth;
  level.height = kHeight;
  level.missing.resize(level.pixels());
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < 3; ++c) level.samples.push_back(colour(x, y));
      if (x < kFirst.x || x > kLast.x || y < kFirst.y || y > kLast.y) continue;
      level.missing[level.index({x, y})] = 1;
    }
  }
  return level;
}

/// Copies from the left, blended.
Level filled(Level level, int threads = 2) {
  Field field(level.pixels());
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (i % kWidth >= 30) field[i].source = static_cast<std::int32_t>(i) - 30;
  }
  const std::vector<std::uint8_t> targets(level.pixels(), 1);
  ThreadPool pool(threads);
  take_votes(level, field, targets, pool);
  blend(level, field, targets, pool);
  return level;
}

TEST(Blend, ContinuesShading) {
  const auto ramp = [](int x, int y) {
    return 0.3F + 0.0008F * static_cast<float>(x) + 0.002F * static_cast<float>(y);
  };
  const Level level = filled(with_hole(ramp));
  for (int y = kFirst.y; y <= kLast.y; ++y) {
    for (int x = kFirst.x; x <= kLast.x; ++x) {
      EXPECT_NEAR(level.at({x, y})[0], ramp(x, y), 1e-3) << x << ',' << y;
    }
  }
}

// An object beside the hole must not colour the copies, apart from those beside it.
TEST(Blend, FadesOutStepsTooLargeForShading) {
  const auto object = [](int x, int y) { return x >= 40 && y > kLast.y ? 0.9F : 0.3F; };
  const Level level = filled(with_hole(object));
  for (int y = kFirst.y; y <= kLast.y; ++y) {
    const float left = std::max(0.0F, 1 - static_cast<float>(kLast.y - y) / kFadeReach);
    for (int x = kFirst.x + 8; x <= kLast.x - 8; ++x) {
      EXPECT_NEAR(level.at({x, y})[0], 0.3F + 0.6F * left * left, 1e-4) << x << ',' << y;
    }
  }
}

TEST(Blend, KeepsTheTextureOfTheCopies) {
  const auto texture = [](int x, int y) {
    const float shade = x < 45 ? 0.4F : 0.42F;
    return shade + 0.05F * static_cast<float>((x + 2 * y) % 3);
  };
  const Level level = filled(with_hole(texture));
  for (int y = kFirst.y; y <= kLast.y; ++y) {
    for (int x = kFirst.x; x <= kLast.x; ++x) {
      EXPECT_NEAR(level.at({x, y})[0], texture(x, y), 1e-3) << x << ',' << y;
    }
  }
}

TEST(Blend, HasTheSameBitsForEveryNumberOfThreads) {
  const Level level = with_hole([](int x, int y) {
    return 0.5F + 0.03F * std::sin(0.3F * static_cast<float>(x) + 0.1F * static_cast<float>(y * y));
  });
  const std::vector<float> one = filled(level, 1).samples;
  EXPECT_EQ(one, filled(level, 2).samples);
  EXPECT_EQ(one, filled(level, 5).samples);
}

TEST(Blend, TakesAPictureWithoutAHole) {
  Level level = with_hole([](int /*x*/, int /*y*/) { return 0.5F; });
  level.missing.assign(level.pixels(), 0);
  EXPECT_EQ(filled(level).samples, level.samples);
}

}  // namespace
}  // namespace lama::internal::patches

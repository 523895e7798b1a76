#include "patches/field.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::patches {
namespace {

struct FieldExample {
  std::size_t height, width, channels;
  std::vector<float> samples;
  std::vector<std::uint8_t> missing;

  Pixels pixels() const { return {samples.data(), height, width, channels}; }
  std::vector<std::uint8_t> sources(int radius) const {
    return patch_middles(missing.data(), height, width, radius);
  }
  Field field(const FieldOptions& options, int threads, const Field& initial = {}) const {
    ThreadPool pool(threads);
    return nearest_neighbours(pixels(), missing.data(), sources(options.radius).data(), options,
                              pool, initial);
  }
};

/// Waves of two directions with noise, and a hole that reaches the picture's edge.
FieldExample example(std::size_t height, std::size_t width, std::size_t channels) {
  FieldExample e{height, width, channels, std::vector<float>(height * width * channels),
                 std::vector<std::uint8_t>(height * width)};
  std::mt19937 random(7);
  std::uniform_real_distribution<float> noise(0, 0.1F);
  for (std::size_t i = 0; i < e.samples.size(); ++i) {
    const auto y = static_cast<float>(i / channels / width);
    const auto x = static_cast<float>(i / channels % width);
    e.samples[i] = std::sin(0.31F * x + 0.1F * y) * std::cos(0.17F * y) + noise(random);
  }
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      e.missing[y * width + x] =
          static_cast<std::uint8_t>(y > height / 3 && x > width / 4 && x < 2 * width / 3);
    }
  }
  return e;
}

/// The plain twin of one distance: over the pixels inside the picture around the target.
double distance(const FieldExample& e, std::size_t target, std::size_t source, int radius) {
  const auto width = static_cast<int>(e.width), height = static_cast<int>(e.height);
  const int tx = static_cast<int>(target) % width, ty = static_cast<int>(target) / width;
  const int sx = static_cast<int>(source) % width, sy = static_cast<int>(source) / width;
  double sum = 0;
  for (int dy = -radius; dy <= radius; ++dy) {
    for (int dx = -radius; dx <= radius; ++dx) {
      if (tx + dx < 0 || ty + dy < 0 || tx + dx >= width || ty + dy >= height) continue;
      for (std::size_t c = 0; c < e.channels; ++c) {
        const auto at = [&](int x, int y) {
          const auto pixel = static_cast<std::size_t>(y * width + x);
          return static_cast<double>(e.samples[pixel * e.channels + c]);
        };
        const double d = at(tx + dx, ty + dy) - at(sx + dx, sy + dy);
        sum += d * d;
      }
    }
  }
  return sum;
}

TEST(PatchMiddles, AreThePixelsWithAKnownPatch) {
  const FieldExample e = example(31, 40, 1);
  for (const int radius : {0, 1, 3, 6, 40}) {
    const std::vector<std::uint8_t> middles = e.sources(radius);
    for (int y = 0; y < 31; ++y) {
      for (int x = 0; x < 40; ++x) {
        bool known = true;
        for (int dy = -radius; dy <= radius; ++dy) {
          for (int dx = -radius; dx <= radius; ++dx) {
            known = known && y + dy >= 0 && x + dx >= 0 && y + dy < 31 && x + dx < 40 &&
                    e.missing[static_cast<std::size_t>((y + dy) * 40 + x + dx)] == 0;
          }
        }
        EXPECT_EQ(middles[static_cast<std::size_t>(y * 40 + x)], known ? 1 : 0)
            << x << ',' << y << " radius " << radius;
      }
    }
  }
}

TEST(Field, HasTheDistancesOfThePlainTwinAndReadsOnlySources) {
  for (const std::size_t channels : {1U, 3U, 5U}) {
    const FieldExample e = example(50, 70, channels);
    for (const int radius : {0, 3, 6}) {
      const std::vector<std::uint8_t> sources = e.sources(radius);
      const Field field = e.field({.radius = radius, .iterations = 3}, 1);
      for (std::size_t i = 0; i < field.size(); ++i) {
        if (e.missing[i] == 0) continue;
        ASSERT_GE(field[i].source, 0);
        const auto source = static_cast<std::size_t>(field[i].source);
        EXPECT_EQ(sources[source], 1);
        // Sums of at most 845 squares of at most 5: floats are off by a few units of 2^-24 per
        // term.
        const double expected = distance(e, i, source, radius);
        EXPECT_NEAR(field[i].distance, expected, 1e-4 * expected + 1e-6);
      }
    }
  }
}

TEST(Field, IsNearlyAsCloseAsTheBestOfAll) {
  const FieldExample e = example(60, 80, 3);
  const std::vector<std::uint8_t> sources = e.sources(3);
  const Field field = e.field({.radius = 3, .iterations = 8}, 2);
  double found = 0, best = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (e.missing[i] == 0 || i % 5 != 0) continue;  // some of them: the comparison is slow
    double least = 1e30;
    for (std::size_t s = 0; s < sources.size(); ++s) {
      if (sources[s] != 0) least = std::min(least, distance(e, i, s, 3));
    }
    best += least;
    found += static_cast<double>(field[i].distance);
  }
  // The method is approximate, and noise is its worst case; measured here: 1.14.
  EXPECT_LT(found, 1.25 * best);
  EXPECT_GE(found, 0.999 * best);
}

TEST(Field, HasTheSameBitsForEveryNumberOfThreads) {
  const FieldExample e = example(150, 90, 3);
  const FieldOptions options{.radius = 3, .iterations = 5, .seed = 3};
  const Field one = e.field(options, 1);
  for (const int threads : {1, 2, 3, 5}) {
    const Field other = e.field(options, threads);
    for (std::size_t i = 0; i < one.size(); ++i) {
      ASSERT_EQ(one[i].source, other[i].source) << threads;
      ASSERT_EQ(one[i].distance, other[i].distance) << threads;
    }
  }
}

TEST(Field, KeepsPerfectMatches) {
  // Noise repeated with a period of 20: an initial field of exact copies cannot be improved.
  FieldExample e = example(60, 60, 3);
  std::mt19937 random(9);
  std::uniform_real_distribution<float> noise(0, 1);
  for (std::size_t i = 0; i < e.samples.size(); ++i) {
    const std::size_t row = 60 * 3;
    const bool copied = i >= 20 * row;
    e.samples[i] = copied ? e.samples[i - 20 * row] : noise(random);
  }
  e.missing.assign(e.missing.size(), 0);
  for (std::size_t y = 30; y < 44; ++y) {
    for (std::size_t x = 20; x < 40; ++x) e.missing[y * 60 + x] = 1;
  }
  Field initial(e.missing.size());
  for (std::size_t i = 20 * 60; i < initial.size(); ++i) {
    initial[i] = {static_cast<std::int32_t>(i) - 20 * 60, 17.0F};
  }
  const Field field = e.field({.radius = 2, .iterations = 4}, 2, initial);
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (e.missing[i] == 0) continue;
    EXPECT_EQ(field[i].distance, 0);
  }
}

TEST(Field, WithoutSourcesMatchesNothing) {
  FieldExample e = example(20, 20, 3);
  std::fill(e.missing.begin(), e.missing.end(), std::uint8_t{1});
  for (const Match& match : e.field({}, 2)) EXPECT_EQ(match.source, Match::kNone);
}

TEST(Field, TakesSamplesThatAreNotNumbers) {
  FieldExample e = example(40, 40, 1);
  std::fill(e.samples.begin(), e.samples.end(), std::nanf(""));
  const Field field = e.field({.radius = 2}, 2);
  for (std::size_t i = 0; i < field.size(); ++i) {
    EXPECT_EQ(field[i].source >= 0, e.missing[i] != 0);
  }
}

TEST(Field, TheObserverSeesProgressAndCanCancel) {
  const FieldExample e = example(60, 60, 1);
  ThreadPool pool(2);
  std::vector<double> seen;
  const auto run = [&](const Observer& observer) {
    return nearest_neighbours(e.pixels(), e.missing.data(), e.sources(2).data(),
                              {.radius = 2, .iterations = 4}, pool, {}, observer);
  };
  run([&](double done) { seen.push_back(done); });
  EXPECT_EQ(seen, (std::vector<double>{0.25, 0.5, 0.75, 1}));
  EXPECT_THROW(run([](double done) {
                 if (done > 0.4) throw Cancelled();
               }),
               Cancelled);
}

}  // namespace
}  // namespace lama::internal::patches

#include "patches/complete.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/patches/noise.h"
#include "tests/testing.h"

namespace lama::internal::patches {
namespace {

using testing::noise;

struct Example {
  std::size_t height, width;
  std::vector<float> samples;
  std::vector<std::uint8_t> missing;

  template <typename Colour>
  Example(std::size_t h, std::size_t w, const Colour& colour)
      : height(h), width(w), samples(3 * h * w), missing(h * w) {
    for (std::size_t y = 0; y < h; ++y) {
      for (std::size_t x = 0; x < w; ++x) {
        for (std::size_t c = 0; c < 3; ++c) samples[(y * w + x) * 3 + c] = colour(x, y, c);
      }
    }
  }

  /// A hole, whose colours complete() must not see.
  void cut(std::size_t left, std::size_t top, std::size_t right, std::size_t bottom) {
    for (std::size_t y = top; y < bottom; ++y) {
      for (std::size_t x = left; x < right; ++x) missing[y * width + x] = 1;
    }
  }

  std::vector<float> complete(int threads = 2, const Observer& observer = nullptr) const {
    std::vector<float> shown = samples;
    for (std::size_t i = 0; i < missing.size(); ++i) {
      if (missing[i] != 0) std::fill_n(&shown[3 * i], 3, 1e9F);
    }
    ThreadPool pool(threads);
    return patches::complete({shown.data(), height, width, 3}, missing.data(), {}, pool, observer);
  }
};

/// Smooth blobs with noise, roughly like a photograph.
Example landscape(std::size_t height, std::size_t width) {
  const std::vector<float> grain = noise(height * width * 3);
  return {height, width, [&](std::size_t x, std::size_t y, std::size_t c) {
            const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
            return 0.5F +
                   0.2F * std::sin(0.05F * fx + static_cast<float>(c)) * std::cos(0.07F * fy) +
                   0.2F * (grain[(y * width + x) * 3 + c] - 0.5F);
          }};
}

// Smooth surroundings, dark on the left and bright on the right: copies of both meet in the hole,
// and no edge may stay where they do.
TEST(Complete, LeavesNoEdgeBetweenSmoothCopies) {
  Example e(120, 160, [](std::size_t x, std::size_t /*y*/, std::size_t /*c*/) {
    return x < 80 ? 0.2F : 0.8F;
  });
  e.cut(50, 0, 110, 120);
  const std::vector<float> filled = e.complete();
  float steepest = 0;
  for (std::size_t y = 0; y < 120; ++y) {
    for (std::size_t x = 51; x < 110; ++x) {
      const std::size_t i = 3 * (y * e.width + x);
      steepest = std::max(steepest, std::abs(filled[i] - filled[i - 3]));
    }
  }
  EXPECT_LT(steepest, 0.1F) << "a ramp from one side to the other has steps of 0.01";
}

void expect_known_pixels_and_finite_ones(const Example& e) {
  const std::vector<float> filled = e.complete();
  ASSERT_EQ(filled.size(), e.samples.size());
  for (std::size_t i = 0; i < filled.size(); ++i) {
    if (e.missing[i / 3] == 0) {
      EXPECT_EQ(filled[i], e.samples[i]);
    } else {
      EXPECT_TRUE(filled[i] >= 0 && filled[i] <= 1) << filled[i];
    }
  }
}

TEST(Complete, KeepsKnownPixelsAndReturnsFiniteOnes) {
  Example e = landscape(250, 301);
  e.cut(100, 80, 220, 190);
  e.cut(0, 200, 30, 250);  // at the corner
  expect_known_pixels_and_finite_ones(e);
}

TEST(Complete, HasTheSameBitsForEveryNumberOfThreadsAndEveryRun) {
  Example e = landscape(250, 301);
  e.cut(100, 80, 220, 190);
  const std::vector<float> one = e.complete(1);
  EXPECT_EQ(one, e.complete(1));
  EXPECT_EQ(one, e.complete(2));
  EXPECT_EQ(one, e.complete(5));
}

TEST(Complete, ContinuesAPeriodicTextureExactly) {
  const std::vector<float> tile = noise(24 * 32 * 3);
  Example e(240, 320, [&](std::size_t x, std::size_t y, std::size_t c) {
    return tile[(y % 24 * 32 + x % 32) * 3 + c];
  });
  e.cut(120, 80, 190, 150);
  const std::vector<float> filled = e.complete();
  // Rounding of the correction, which is 0 here.
  for (std::size_t i = 0; i < filled.size(); ++i) EXPECT_NEAR(filled[i], e.samples[i], 1e-5) << i;
}

TEST(Complete, ContinuesStraightEdges) {
  // Level, upright and slanting, with grain on either side.
  const std::vector<float> grain = noise(300 * 400 * 3);
  for (const double slope : {0.0, 0.3, 1e9}) {
    const auto beyond = [&](std::size_t x, std::size_t y) {
      const double dx = static_cast<double>(x) - 200, dy = static_cast<double>(y) - 150;
      return slope > 1e6 ? dx - 0.5 : dy - slope * dx - 0.5;
    };
    Example e(300, 400, [&](std::size_t x, std::size_t y, std::size_t c) {
      return (beyond(x, y) > 0 ? 0.2F : 0.7F) + 0.1F * grain[(y * 400 + x) * 3 + c];
    });
    e.cut(140, 90, 260, 210);
    const std::vector<float> filled = e.complete();
    std::size_t wrong = 0, all = 0;
    for (std::size_t y = 90; y < 210; ++y) {
      for (std::size_t x = 140; x < 260; ++x) {
        const double distance =
            std::abs(beyond(x, y)) / (slope > 1e6 ? 1 : std::sqrt(1 + slope * slope));
        if (distance <= 1.5) continue;
        ++all;
        const bool dark = filled[(y * 400 + x) * 3] < 0.5F;
        wrong += static_cast<std::size_t>(dark != (beyond(x, y) > 0));
      }
    }
    EXPECT_EQ(wrong, 0U) << "of " << all << ", slope " << slope;
  }
}

TEST(Complete, ContinuesShading) {
  Example e(200, 260, [](std::size_t x, std::size_t y, std::size_t c) {
    return 0.2F + 0.002F * static_cast<float>(x) + 0.001F * static_cast<float>(y) +
           0.05F * static_cast<float>(c);
  });
  e.cut(90, 60, 170, 140);
  const std::vector<float> filled = e.complete();
  // Two levels of eight bits.
  for (std::size_t i = 0; i < filled.size(); ++i) {
    EXPECT_NEAR(filled[i], e.samples[i], 2.0 / 255) << i / 3 % 260 << ',' << i / 3 / 260;
  }
}

TEST(Complete, TakesAnyMask) {
  for (const std::size_t height : {1U, 2U, 3U, 17U, 230U}) {
    for (const std::size_t width : {1U, 2U, 5U, 300U}) {
      Example e = landscape(height, width);
      expect_known_pixels_and_finite_ones(e);  // nothing missing
      e.cut(width / 2, height / 2, width, height);
      expect_known_pixels_and_finite_ones(e);
      e.cut(0, 0, width, height);
      e.missing[0] = 0;
      expect_known_pixels_and_finite_ones(e);  // all but one pixel
      e.missing[0] = 1;
      expect_known_pixels_and_finite_ones(e);  // all
    }
  }
  Example stripes = landscape(200, 300);
  for (std::size_t i = 0; i < stripes.missing.size(); ++i) {
    stripes.missing[i] = static_cast<std::uint8_t>(i % 300 % 3 == 0);
  }
  expect_known_pixels_and_finite_ones(stripes);
  Example dots = landscape(230, 300);
  std::mt19937 random(1);
  for (std::uint8_t& m : dots.missing) m = static_cast<std::uint8_t>(random() % 200 != 0);
  expect_known_pixels_and_finite_ones(dots);
}

TEST(Complete, TheObserverSeesProgressAndCanCancel) {
  Example e = landscape(200, 200);
  e.cut(60, 60, 140, 140);
  std::vector<double> seen{0};
  e.complete(2, [&](double done) {
    EXPECT_GE(done, seen.back());
    seen.push_back(done);
  });
  EXPECT_EQ(seen.back(), 1);
  EXPECT_GT(seen.size(), 20U);
  EXPECT_THROW(e.complete(2,
                          [](double done) {
                            if (done > 0.3) throw Cancelled();
                          }),
               Cancelled);
}

}  // namespace
}  // namespace lama::internal::patches

#include "image/interpolate.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/testing.h"

namespace lama::internal {
namespace {

struct Example {
  std::size_t height, width, channels;
  std::vector<float> samples;
  std::vector<std::uint8_t> missing;

  void interpolate() {
    interpolate_missing(samples.data(), height, width, channels, missing.data());
  }
};

/// Smooth shades with a hole of strokes and a block that reaches the edge.
Example example(std::size_t height, std::size_t width, std::size_t channels) {
  Example e{height, width, channels, std::vector<float>(height * width * channels),
            std::vector<std::uint8_t>(height * width)};
  for (std::size_t i = 0; i < e.samples.size(); ++i) {
    const auto c = static_cast<double>(i % channels);
    const auto y = static_cast<double>(i / channels / width);
    const auto x = static_cast<double>(i / channels % width);
    e.samples[i] = static_cast<float>(0.5 + 0.4 * std::sin(0.11 * x + c) * std::cos(0.07 * y));
  }
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const bool block = y > height / 3 && x > width / 2;
      const bool stroke = (x + 2 * y) % 40 < 9;
      e.missing[y * width + x] = static_cast<std::uint8_t>(block || stroke);
    }
  }
  return e;
}

/// The slow twin: overrelaxed sweeps over the whole picture, in double, until nothing changes.
std::vector<float> membrane(const Example& e) {
  std::vector<double> values(e.samples.begin(), e.samples.end());
  double change = 1;
  while (change > 1e-9) {
    change = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t pixel = i / e.channels, y = pixel / e.width, x = pixel % e.width;
      if (e.missing[pixel] == 0) continue;
      double sum = 0;
      int count = 0;
      const auto add = [&](bool inside, std::size_t at) {
        if (inside) sum += values[at], ++count;
      };
      add(y > 0, i - e.width * e.channels);
      add(y + 1 < e.height, i + e.width * e.channels);
      add(x > 0, i - e.channels);
      add(x + 1 < e.width, i + e.channels);
      const double step = 1.9 * (sum / count - values[i]);
      change = std::max(change, std::abs(step));
      values[i] += step;
    }
  }
  return {values.begin(), values.end()};
}

TEST(InterpolateMissing, IsNearlyTheMembrane) {
  for (const std::size_t channels : {std::size_t{1}, std::size_t{3}}) {
    Example e = example(61, 84, channels);
    const std::vector<float> exact = membrane(e);
    e.interpolate();
    double worst = 0, sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double error = std::abs(static_cast<double>(e.samples[i]) - exact[i]);
      worst = std::max(worst, error);
      sum += error;
    }
    // For a contrast of 0.8.
    EXPECT_LE(worst, 0.03);
    EXPECT_LE(sum / static_cast<double>(exact.size()), 0.003);
  }
}

TEST(InterpolateMissing, KeepsKnownPixelsAndStaysInTheirRange) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0.2F, 0.7F);
  for (const auto& [height, width] :
       {std::pair<std::size_t, std::size_t>(1, 37), {53, 1}, {40, 33}}) {
    Example e = example(height, width, 3);
    std::generate(e.samples.begin(), e.samples.end(), [&] { return uniform(random); });
    const std::vector<float> before = e.samples;
    e.interpolate();
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (e.missing[i / 3] == 0) {
        ASSERT_EQ(e.samples[i], before[i]);
      } else {
        ASSERT_GE(e.samples[i], 0.2F);
        ASSERT_LE(e.samples[i], 0.7F);
      }
    }
  }
}

TEST(InterpolateMissing, DoesNotReadMissingPixels) {
  Example one = example(50, 47, 3), other = one;
  for (std::size_t i = 0; i < other.samples.size(); ++i) {
    if (other.missing[i / 3] != 0) other.samples[i] = std::nanf("");
  }
  one.interpolate();
  other.interpolate();
  EXPECT_EQ(one.samples, other.samples);
}

TEST(InterpolateMissing, ContinuesOneColour) {
  Example e = example(64, 64, 3);
  for (std::size_t i = 0; i < e.samples.size(); ++i) {
    e.samples[i] = 0.25F * static_cast<float>(i % 3 + 1);
  }
  e.interpolate();
  for (std::size_t i = 0; i < e.samples.size(); ++i) {
    ASSERT_FLOAT_EQ(e.samples[i], 0.25F * static_cast<float>(i % 3 + 1));
  }
}

TEST(InterpolateMissing, WithoutKnownPixelsIsGrey) {
  Example e = example(9, 12, 3);
  std::fill(e.missing.begin(), e.missing.end(), std::uint8_t{1});
  e.interpolate();
  for (const float sample : e.samples) ASSERT_FLOAT_EQ(sample, 0.5F);
}

}  // namespace
}  // namespace lama::internal

#include "patches/detail.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "image/resize.h"
#include "tests/testing.h"

namespace lama::internal::patches {
namespace {

constexpr int kSide = 160;

std::size_t at(int x, int y) { return static_cast<std::size_t>(y * kSide + x); }
bool in_hole(int x, int y) { return x >= 60 && x < 110 && y >= 50 && y < 100; }

std::vector<std::uint8_t> hole() {
  std::vector<std::uint8_t> missing;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) missing.push_back(in_hole(x, y) ? 1 : 0);
  }
  return missing;
}

/// Left of the middle noise around one colour, right of it noise of a quarter of the strength
/// around another.
Image picture() {
  std::mt19937 random(3);
  Image image(kSide, kSide, 3, Depth::f32);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const float amount = x < 80 ? 0.2F : 0.05F;
      for (std::size_t c = 0; c < 3; ++c) {
        image.samples<float>()[3 * at(x, y) + c] =
            (x < 80 ? 0.4F : 0.7F) + amount * (static_cast<float>(random() % 2001) / 1000.0F - 1);
      }
    }
  }
  return image;
}

/// The truth in the hole, reduced to a quarter of its size.
Image blurred(const Image& truth) {
  const Image low = enlarge(shrink(truth, kSide / 4, kSide / 4), kSide, kSide);
  Image image = truth;
  const std::vector<std::uint8_t> missing = hole();
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    if (missing[i] == 0) continue;
    std::copy_n(low.samples<float>() + 3 * i, 3, image.samples<float>() + 3 * i);
  }
  return image;
}

double deviation(const Image& image, int x0, int x1) {
  double sum = 0, squares = 0;
  int count = 0;
  for (int y = 54; y < 96; ++y) {
    for (int x = x0; x < x1; ++x, ++count) {
      const double value = image.samples<float>()[3 * at(x, y)];
      sum += value;
      squares += value * value;
    }
  }
  return std::sqrt(squares / count - sum / count * sum / count);
}

TEST(Detail, HasTheContrastOfSimilarPlaces) {
  const Image truth = picture();
  Image filled = blurred(truth);
  ThreadPool pool(2);
  EXPECT_LT(deviation(filled, 62, 74), 0.5 * deviation(truth, 62, 74));
  add_detail(filled, hole(), hole(), kSide / 4, kSide / 4, pool);
  // A deviation of about 500 independent samples is known to 3 %; bands cover a part of a place's
  // high band, and the picture's seam is near.
  EXPECT_NEAR(deviation(filled, 62, 74), deviation(truth, 62, 74), 0.25 * deviation(truth, 62, 74));
  EXPECT_NEAR(deviation(filled, 88, 108), deviation(truth, 88, 108),
              0.35 * deviation(truth, 88, 108));
}

TEST(Detail, KeepsTheLowBandAndKnownPixels) {
  const Image truth = picture();
  const Image before = blurred(truth);
  Image filled = before;
  ThreadPool pool(1);
  add_detail(filled, hole(), hole(), kSide / 4, kSide / 4, pool);
  const std::vector<std::uint8_t> missing = hole();
  double sum = 0;
  for (std::size_t i = 0; i < truth.pixels(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const double change = filled.samples<float>()[3 * i + c] - before.samples<float>()[3 * i + c];
      if (missing[i] == 0) {
        ASSERT_EQ(change, 0);
      } else {
        sum += change;
      }
    }
  }
  EXPECT_NEAR(sum / (3 * 2500), 0, 0.01);
}

TEST(Detail, IsTheSameForEveryNumberOfThreads) {
  Image one = blurred(picture()), three = one;
  ThreadPool alone(1), pool(3);
  add_detail(one, hole(), hole(), kSide / 3, kSide / 3, alone);
  add_detail(three, hole(), hole(), kSide / 3, kSide / 3, pool);
  EXPECT_EQ(one.bytes(), three.bytes());
}

// Hidden and filled pixels are no sources; without known pixels the low band stays.
TEST(Detail, CopiesNothingFromHiddenPixels) {
  Image clean = blurred(picture()), other = clean;
  std::vector<std::uint8_t> hidden = hole();
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < 20; ++x) hidden[at(x, y)] = 1;
  }
  std::mt19937 random(8);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < 16; ++x) {
      // Beside the high band, the low band of far places does not count either.
      other.samples<float>()[3 * at(x, y)] = static_cast<float>(random() % 1000) / 999.0F;
    }
  }
  ThreadPool pool(1);
  add_detail(clean, hole(), hidden, kSide / 4, kSide / 4, pool);
  add_detail(other, hole(), hidden, kSide / 4, kSide / 4, pool);
  for (int y = 50; y < 100; ++y) {
    for (int x = 60; x < 110; ++x) {
      ASSERT_EQ(clean.samples<float>()[3 * at(x, y)], other.samples<float>()[3 * at(x, y)]);
    }
  }
  Image unknown = blurred(picture());
  const std::vector<std::uint8_t> all(unknown.pixels(), 1);
  const Image before = unknown;
  add_detail(unknown, all, all, kSide / 4, kSide / 4, pool);
  EXPECT_EQ(unknown.bytes(), before.bytes());
}

TEST(Detail, TakesPicturesOfAnySize) {
  ThreadPool pool(1);
  for (const int side : {1, 2, 5, 9}) {
    Image image(side, 3, 3, Depth::f32);
    const std::span samples(image.samples<float>(), 3 * image.pixels());
    std::iota(samples.begin(), samples.end(), 1.0F);
    const std::vector<float> before(samples.begin(), samples.end());
    std::vector<std::uint8_t> missing(image.pixels());
    missing[0] = 1;
    add_detail(image, missing, missing, std::max(1, side / 2), 2, pool);
    EXPECT_TRUE(std::all_of(samples.begin(), samples.begin() + 3,
                            [](float sample) { return std::isfinite(sample); }));
    EXPECT_TRUE(std::equal(samples.begin() + 3, samples.end(), before.begin() + 3));
  }
}

}  // namespace
}  // namespace lama::internal::patches

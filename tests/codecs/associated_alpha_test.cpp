#include "codecs/associated_alpha.h"

#include <algorithm>
#include <random>

#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

// All products of 8 bits.
TEST(AssociatedAlpha, ComesBackExactly) {
  Image image(256, 256, 2, Depth::u8);
  for (std::size_t alpha = 0; alpha < 256; ++alpha) {
    for (std::size_t colour = 0; colour < 256; ++colour) {
      auto* pixel = image.bytes().data() + 2 * (alpha * 256 + colour);
      pixel[0] = static_cast<std::uint8_t>(alpha == 0 ? colour : std::min(colour, alpha));
      pixel[1] = static_cast<std::uint8_t>(alpha);
    }
  }
  const auto before = image.bytes();
  divide_by_alpha(image);
  EXPECT_EQ(image.bytes()[2 * (128 * 256 + 64)], 128) << "64 of at most 128";
  multiply_by_alpha(image);
  EXPECT_TRUE(image.bytes() == before);
}

TEST(AssociatedAlpha, ComesBackExactlyIn16Bits) {
  Image image(1000, 100, 4, Depth::u16);
  std::mt19937 random(5);
  auto* samples = image.samples<std::uint16_t>();
  for (std::size_t i = 0; i < image.pixels(); ++i, samples += 4) {
    samples[3] = static_cast<std::uint16_t>(random());
    for (int c = 0; c < 3; ++c) {
      samples[c] = static_cast<std::uint16_t>(random() % (samples[3] + 1U));
    }
  }
  const auto before = image.bytes();
  divide_by_alpha(image);
  multiply_by_alpha(image);
  EXPECT_TRUE(image.bytes() == before);
}

TEST(AssociatedAlpha, FloatsComeBackToTheLastBit) {
  Image image(1000, 10, 2, Depth::f32);
  std::mt19937 random(5);
  std::uniform_real_distribution<float> share(0, 1);
  auto* samples = image.samples<float>();
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    samples[2 * i + 1] = share(random);
    samples[2 * i] = samples[2 * i + 1] * share(random);
  }
  Image again = image;
  divide_by_alpha(again);
  multiply_by_alpha(again);
  std::size_t different = 0;
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    EXPECT_FLOAT_EQ(again.samples<float>()[2 * i], samples[2 * i]);
    if (again.samples<float>()[2 * i] != samples[2 * i]) ++different;
  }
  EXPECT_LT(different, image.pixels() / 20);
}

}  // namespace
}  // namespace lama::internal::codecs

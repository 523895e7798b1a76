#include "inpaint/greyness.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/testing.h"

namespace lama::internal {
namespace {

/// 100 x 50 pixels of grey, a shade for each column.
Image grey(int channels) {
  Image image(100, 50, channels, Depth::u8);
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    image.bytes()[i] = static_cast<std::uint8_t>(i / static_cast<std::size_t>(channels) % 100);
  }
  return image;
}

Mask nothing() { return {100, 50, std::vector<std::uint8_t>(5000)}; }

TEST(Greyness, IsNearlyEqualRedGreenAndBlue) {
  Image image = grey(3);
  EXPECT_TRUE(known_is_grey(image, nothing()));
  for (std::size_t i = 0; i < image.pixels(); ++i) image.bytes()[3 * i + 1] += 4;
  EXPECT_TRUE(known_is_grey(image, nothing()));
  for (std::size_t i = 0; i < image.pixels(); ++i) image.bytes()[3 * i + 1] += 1;
  EXPECT_FALSE(known_is_grey(image, nothing()));
  EXPECT_FALSE(known_is_grey(grey(1), nothing())) << "grey as it is";
}

TEST(Greyness, KnowsSixteenBitsAndFloats) {
  Image deep(100, 50, 3, Depth::u16);
  std::fill_n(deep.samples<std::uint16_t>(), 15000, std::uint16_t{30000});
  for (std::size_t i = 0; i < deep.pixels(); ++i) deep.samples<std::uint16_t>()[3 * i] += 4 * 257;
  EXPECT_TRUE(known_is_grey(deep, nothing()));
  for (std::size_t i = 0; i < deep.pixels(); ++i) deep.samples<std::uint16_t>()[3 * i] += 257;
  EXPECT_FALSE(known_is_grey(deep, nothing()));
  Image floats(100, 50, 3, Depth::f32);
  EXPECT_TRUE(known_is_grey(floats, nothing()));
  for (std::size_t i = 0; i < floats.pixels(); ++i) floats.samples<float>()[3 * i] = 0.1F;
  EXPECT_FALSE(known_is_grey(floats, nothing()));
}

TEST(Greyness, IsBlackInkAlone) {
  for (const bool alpha : {false, true}) {
    Image ink(100, 50, ColourModel::cmyk, alpha, Depth::u8);
    const auto channels = static_cast<std::size_t>(ink.channels());
    const auto fill = [&](std::size_t channel, std::uint8_t value) {
      for (std::size_t i = 0; i < ink.pixels(); ++i) ink.bytes()[channels * i + channel] = value;
    };
    if (alpha) fill(4, 255);
    fill(3, 150);
    EXPECT_TRUE(known_is_grey(ink, nothing()));
    fill(1, 4);
    EXPECT_TRUE(known_is_grey(ink, nothing())) << "a JPEG's rounding";
    fill(1, 5);
    EXPECT_FALSE(known_is_grey(ink, nothing()));
    fill(0, 90);
    fill(1, 90);
    fill(2, 90);
    EXPECT_FALSE(known_is_grey(ink, nothing())) << "equal inks are brown";
    if (!alpha) continue;
    fill(4, 0);
    EXPECT_FALSE(known_is_grey(ink, nothing())) << "no pixel is visible";
  }
}

TEST(Greyness, ForgivesAThousandthOfThePixelsAndAllMissingOnes) {
  Image image = grey(3);
  for (std::size_t i = 0; i < 5; ++i) image.bytes()[3 * i] = 255;
  EXPECT_TRUE(known_is_grey(image, nothing()));
  image.bytes()[3 * 5] = 255;
  EXPECT_FALSE(known_is_grey(image, nothing()));
  Mask mask = nothing();
  mask.missing[5] = 1;
  mask.missing[4] = 1;
  EXPECT_TRUE(known_is_grey(image, mask));
}

TEST(Greyness, NeedsVisibleKnownPixels) {
  Image image = grey(4);
  for (std::size_t i = 0; i < 2500; ++i) {
    image.bytes()[4 * i] = 255;
    image.bytes()[4 * i + 3] = 0;
  }
  for (std::size_t i = 2500; i < 5000; ++i) image.bytes()[4 * i + 3] = 9;
  EXPECT_TRUE(known_is_grey(image, nothing()));
  EXPECT_FALSE(known_is_grey(image, {100, 50, std::vector<std::uint8_t>(5000, 1)}));
}

}  // namespace
}  // namespace lama::internal

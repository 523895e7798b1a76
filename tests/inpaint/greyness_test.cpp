#include "inpaint/greyness.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/box.h"
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
  EXPECT_TRUE(known_is_grey(image, nothing(), 0));
  for (std::size_t i = 0; i < image.pixels(); ++i) image.bytes()[3 * i + 1] += 4;
  EXPECT_TRUE(known_is_grey(image, nothing(), 0));
  for (std::size_t i = 0; i < image.pixels(); ++i) image.bytes()[3 * i + 1] += 1;
  EXPECT_FALSE(known_is_grey(image, nothing(), 0));
  EXPECT_FALSE(known_is_grey(grey(1), nothing(), 0)) << "grey as it is";
}

TEST(Greyness, KnowsSixteenBitsAndFloats) {
  Image deep(100, 50, 3, Depth::u16);
  std::fill_n(deep.samples<std::uint16_t>(), 15000, std::uint16_t{30000});
  for (std::size_t i = 0; i < deep.pixels(); ++i) deep.samples<std::uint16_t>()[3 * i] += 4 * 257;
  EXPECT_TRUE(known_is_grey(deep, nothing(), 0));
  for (std::size_t i = 0; i < deep.pixels(); ++i) deep.samples<std::uint16_t>()[3 * i] += 257;
  EXPECT_FALSE(known_is_grey(deep, nothing(), 0));
  Image floats(100, 50, 3, Depth::f32);
  EXPECT_TRUE(known_is_grey(floats, nothing(), 0));
  for (std::size_t i = 0; i < floats.pixels(); ++i) floats.samples<float>()[3 * i] = 0.1F;
  EXPECT_FALSE(known_is_grey(floats, nothing(), 0));
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
    EXPECT_TRUE(known_is_grey(ink, nothing(), 0));
    fill(1, 4);
    EXPECT_TRUE(known_is_grey(ink, nothing(), 0)) << "a JPEG's rounding";
    fill(1, 5);
    EXPECT_FALSE(known_is_grey(ink, nothing(), 0));
    fill(0, 90);
    fill(1, 90);
    fill(2, 90);
    EXPECT_FALSE(known_is_grey(ink, nothing(), 0)) << "equal inks are brown";
    if (!alpha) continue;
    fill(4, 0);
    EXPECT_FALSE(known_is_grey(ink, nothing(), 0)) << "no pixel is visible";
  }
}

TEST(Greyness, ForgivesAThousandthOfThePixelsAndAllMissingOnes) {
  Image image = grey(3);
  for (std::size_t i = 0; i < 5; ++i) image.bytes()[3 * i] = 255;
  EXPECT_TRUE(known_is_grey(image, nothing(), 0));
  image.bytes()[3 * 5] = 255;
  EXPECT_FALSE(known_is_grey(image, nothing(), 0));
  Mask mask = nothing();
  mask.missing[5] = 1;
  mask.missing[4] = 1;
  EXPECT_TRUE(known_is_grey(image, mask, 0));
}

// A grey page of 800 x 400 pixels with a coloured box, and a hole somewhere.
struct Page {
  Page(Box coloured, Box hole) {
    for (int y = 0; y < 400; ++y) {
      for (int x = 0; x < 800; ++x) {
        const auto inside = [x, y](const Box& box) { return is_inside({x, y, 1, 1}, box); };
        auto* pixel = image.bytes().data() + 3 * page.index(x, y);
        std::fill_n(pixel, 3, std::uint8_t{180});
        if (inside(coloured)) pixel[1] = 40;
        missing.missing[page.index(x, y)] = inside(hole) ? 1 : 0;
      }
    }
  }
  bool is_grey(int reach) const { return known_is_grey(image, missing, reach); }

  Box page{0, 0, 800, 400};
  Image image{800, 400, 3, Depth::u8};
  Mask missing{800, 400, std::vector<std::uint8_t>(320000)};
};

TEST(Greyness, ForgivesTheColoursOfTheObjectThatIsRemoved) {
  // Its edge reaches beyond the mask, or a lossy format spread its colour.
  const Page stamp({196, 96, 48, 28}, {200, 100, 40, 20});
  EXPECT_TRUE(stamp.is_grey(5)) << "the edge is replaced";
  EXPECT_TRUE(stamp.is_grey(0)) << "the edge is a narrow ring";
  const Page elsewhere({20, 20, 48, 28}, {200, 100, 40, 20});
  EXPECT_FALSE(elsewhere.is_grey(5));
  const Page wide({180, 80, 80, 60}, {200, 100, 40, 20});
  EXPECT_FALSE(wide.is_grey(0)) << "the hole lies in a coloured object";
  EXPECT_FALSE(wide.is_grey(8));
}

TEST(Greyness, IsNotThatOfASmallColouredObjectAroundTheHole) {
  // 289 coloured pixels, less than a thousandth.
  EXPECT_TRUE(Page({300, 10, 17, 17}, {200, 100, 2, 2}).is_grey(0)) << "elsewhere";
  EXPECT_FALSE(Page({0, 0, 17, 17}, {0, 0, 1, 1}).is_grey(0));
}

TEST(Greyness, CountsAllPixelsWhereHolesAreEverywhere) {
  Page dust({}, {});
  for (std::size_t i = 0; i < 320000; i += 10) dust.missing.missing[i] = 1;
  EXPECT_TRUE(dust.is_grey(8));
  for (std::size_t i = 0; i < 3 * 30000; i += 3) dust.image.bytes()[i] = 20;
  EXPECT_FALSE(dust.is_grey(8));
}

TEST(Greyness, NeedsVisibleKnownPixels) {
  Image image = grey(4);
  for (std::size_t i = 0; i < 2500; ++i) {
    image.bytes()[4 * i] = 255;
    image.bytes()[4 * i + 3] = 0;
  }
  for (std::size_t i = 2500; i < 5000; ++i) image.bytes()[4 * i + 3] = 9;
  EXPECT_TRUE(known_is_grey(image, nothing(), 0));
  EXPECT_FALSE(known_is_grey(image, {100, 50, std::vector<std::uint8_t>(5000, 1)}, 0));
}

}  // namespace
}  // namespace lama::internal

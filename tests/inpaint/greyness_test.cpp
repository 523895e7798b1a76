#include "inpaint/greyness.h"

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

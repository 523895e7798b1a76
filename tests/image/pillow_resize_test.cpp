#include "image/pillow_resize.h"

#include <algorithm>
#include <random>

#include "tests/testing.h"

// tests/masks compares whole evaluation sets with Pillow's to the bit.

namespace lama::internal {
namespace {

Image random_image(int width, int height, int channels) {
  Image image(width, height, channels, Depth::u8);
  std::mt19937 random(1);
  std::generate(image.bytes().begin(), image.bytes().end(), std::ref(random));
  return image;
}

TEST(ResizeAsPillow, KeepsPicturesOfThatSize) {
  const Image image = random_image(13, 7, 3);
  EXPECT_EQ(resize_as_pillow(image, 13, 7).bytes(), image.bytes());
}

TEST(ResizeAsPillow, KeepsUniformPictures) {
  for (const int value : {0, 1, 127, 254, 255}) {
    Image image(17, 11, 1, Depth::u8);
    std::fill(image.bytes().begin(), image.bytes().end(), static_cast<std::uint8_t>(value));
    for (const auto& [width, height] : {std::pair(1, 1), {50, 3}, {17, 40}, {5, 5}}) {
      const Image resized = resize_as_pillow(image, width, height);
      for (const std::uint8_t sample : resized.bytes()) ASSERT_EQ(sample, value);
    }
  }
}

TEST(ResizeAsPillow, TreatsChannelsAlike) {
  const Image colour = random_image(20, 20, 3);
  Image green(20, 20, 1, Depth::u8);
  for (std::size_t i = 0; i < green.bytes().size(); ++i) {
    green.bytes()[i] = colour.bytes()[3 * i + 1];
  }
  const Image a = resize_as_pillow(colour, 9, 31), b = resize_as_pillow(green, 9, 31);
  for (std::size_t i = 0; i < b.bytes().size(); ++i) {
    ASSERT_EQ(a.bytes()[3 * i + 1], b.bytes()[i]);
  }
}

}  // namespace
}  // namespace lama::internal

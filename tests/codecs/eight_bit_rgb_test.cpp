#include "codecs/eight_bit_rgb.h"

#include <algorithm>

#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

Picture read(const std::string& name) {
  return read_picture(testing::data("pictures/" + name), "photo");
}

TEST(EightBitRgb, EightBitSrgbDoesNotChange) {
  const Picture picture = read("webp_lossless.webp");
  EXPECT_EQ(eight_bit_rgb(picture).bytes(), picture.image.bytes());
}

TEST(EightBitRgb, EveryFormBecomesTheSame) {
  for (const char* name : {"png_grey1.png", "png_grey_alpha16.png", "png_palette_alpha.png",
                           "png_p3.png", "tiff_float.tif", "tiff_rgb16_deflate.tif",
                           "tiff_cmyk16_bare.tif", "jpeg_cmyk.jpg", "heif12.heic"}) {
    const Picture picture = read(name);
    const Image image = eight_bit_rgb(picture);
    EXPECT_EQ(image.width(), picture.image.width()) << name;
    EXPECT_EQ(image.height(), picture.image.height()) << name;
    EXPECT_EQ(image.channels(), 3) << name;
    EXPECT_EQ(image.depth(), Depth::u8) << name;
    const auto [least, most] = std::minmax_element(image.bytes().begin(), image.bytes().end());
    EXPECT_GT(*most - *least, 50) << name;
  }
}

TEST(EightBitRgb, SamplesAreRoundedAndAlphaIsLeftOut) {
  Picture picture;
  picture.image = Image(2, 1, 4, Depth::u16);
  const std::uint16_t samples[] = {0, 128, 129, 7, 65535, 32768, 257, 9};
  std::copy(std::begin(samples), std::end(samples), picture.image.samples<std::uint16_t>());
  EXPECT_EQ(eight_bit_rgb(picture).bytes(), (std::vector<std::uint8_t>{0, 0, 1, 255, 128, 1}));

  picture.image = Image(3, 1, 1, Depth::f32);
  const float grey[] = {-0.5F, 0.5F, 7.0F};
  std::copy(std::begin(grey), std::end(grey), picture.image.samples<float>());
  EXPECT_EQ(eight_bit_rgb(picture).bytes(),
            (std::vector<std::uint8_t>{0, 0, 0, 128, 128, 128, 255, 255, 255}));
}

}  // namespace
}  // namespace lama::internal::codecs

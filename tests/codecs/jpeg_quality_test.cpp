#include "codecs/jpeg_quality.h"

#include <algorithm>

#include "tests/codecs/jpeg_file.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::make_jpeg;

TEST(JpegQuality, IsRecognisedFrom1To100) {
  const Image grey(8, 8, 1, Depth::u8), colour(8, 8, 3, Depth::u8);
  for (int quality = 1; quality <= 100; ++quality) {
    EXPECT_EQ(jpeg_quality(make_jpeg(grey, {.quality = quality})), quality);
    EXPECT_EQ(jpeg_quality(make_jpeg(colour, {.quality = quality, .sampling = 2})), quality);
  }
}

TEST(JpegQuality, IsNearForTablesThatAreNotLibjpegs) {
  // All steps are equal, as in some encoders' files: 1 is the finest.
  auto file = make_jpeg(Image(8, 8, 1, Depth::u8), {.quality = 50});
  const auto fill_table = [&file](std::uint8_t step) {
    const auto mark = std::search_n(file.begin(), file.end(), 1, 0xdb);
    std::fill_n(mark + 4, 64, step);  // after the length (2) and the table's number (1)
  };
  fill_table(1);
  EXPECT_EQ(jpeg_quality(file), 100);
  fill_table(8);
  EXPECT_GT(jpeg_quality(file), 80);
  EXPECT_LT(jpeg_quality(file), 95);
}

TEST(JpegQuality, IsZeroWithoutAReadableHeader) {
  const auto file = make_jpeg(Image(8, 8, 1, Depth::u8));
  EXPECT_EQ(jpeg_quality({}), 0);
  EXPECT_EQ(jpeg_quality(std::span(file).first(2)), 0);
  EXPECT_EQ(jpeg_quality(std::span(file).first(40)), 0);
  EXPECT_EQ(jpeg_quality(testing::bytes_of("this is no picture at all")), 0);
  // For any cut the function finds the table or returns 0.
  for (std::size_t size = 0; size < file.size(); ++size) {
    const int quality = jpeg_quality(std::span(file).first(size));
    EXPECT_TRUE(quality == 0 || quality == 90) << size << ": " << quality;
  }
}

TEST(JpegQuality, SurvivesAnyDamagedByte) {
  const auto file = make_jpeg(Image(8, 8, 3, Depth::u8));
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const int value : {0, 0x7f, 0xff}) {
      auto damaged = file;
      damaged[i] = static_cast<std::uint8_t>(value);
      const int quality = jpeg_quality(damaged);
      EXPECT_TRUE(quality >= 0 && quality <= 100) << i << ": " << quality;
    }
  }
}

}  // namespace
}  // namespace lama::internal::codecs

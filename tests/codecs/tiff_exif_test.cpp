#include "codecs/tiff_exif.h"

#include "tests/codecs/exif.h"
#include "tests/codecs/fixtures.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;

Bytes tiff_file(const std::string& name) {
  return read_file(testing::picture_file(name), SIZE_MAX);
}

TEST(TiffExif, SurvivesAnyFile) {
  const Bytes whole = tiff_file("tiff_exif.tif");
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    exif_of_tiff(std::span(whole).first(size));
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 0xff;
    const Bytes exif = exif_of_tiff(damaged);
    with_extras(damaged, {.exif = exif});
  }
}

TEST(TiffExif, OfABigEndianBlockIsTurned) {
  // One tag, "Artist", of four letters and a zero, and one number in the EXIF directory.
  const Bytes block =
      testing::bytes_of({"MM\0*\0\0\0\x08"
                         "\0\x02"
                         "\x01\x3b\0\x02\0\0\0\x05\0\0\0\x38"
                         "\x87\x69\0\x04\0\0\0\x01\0\0\0\x26"
                         "\0\0\0\0"
                         "\0\x01\x88\x27\0\x03\0\0\0\x01\x01\x90\0\0"
                         "\0\0\0\0"
                         "Anna\0",
                         61});
  const testing::ExifReader source(block);
  ASSERT_EQ(source.text(testing::kMain, 0x013b), "Anna") << "the test's own block";
  const testing::ExifReader written(
      with_extras(tiff_file("tiff_rgb8_lzw.tif"), {.exif = block, .width = 24, .height = 17}));
  EXPECT_EQ(written.text(testing::kMain, 0x013b), "Anna");
  EXPECT_EQ(written.value(testing::kPhoto, 0x8827), 400) << "ISO";
  EXPECT_EQ(written.value(testing::kMain, 256), 24) << "the tags that were there";
}

}  // namespace
}  // namespace lama::internal::codecs

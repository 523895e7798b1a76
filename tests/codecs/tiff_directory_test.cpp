#include "codecs/tiff_directory.h"

#include "tests/codecs/exif.h"
#include "tests/codecs/fixtures.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;
using testing::picture_file;

constexpr int kWidth = 256, kBitsPerSample = 258, kPhotometric = 262;

Bytes file_of(const std::string& name) { return read_file(picture_file(name), SIZE_MAX); }

// tifffile wrote these, in both byte orders and both widths of offsets.
TEST(TiffReader, ReadsEveryForm) {
  for (const std::string name :
       {"tiff_rgb8_lzw.tif", "tiff_rgb16_deflate.tif", "tiff_bigtiff.tif"}) {
    const Bytes file = file_of(name);
    const TiffReader reader(file);
    ASSERT_EQ(reader.pages().size(), 1U) << name;
    EXPECT_EQ(reader.number_of(0, kWidth), 24U) << name;
    EXPECT_EQ(reader.number_of(0, kPhotometric), 2U) << name;
    const TiffTag* bits = find_tag(reader.pages()[0], kBitsPerSample);
    ASSERT_NE(bits, nullptr);
    EXPECT_EQ(bits->count, 3U);
    EXPECT_EQ(reader.number(*bits, 2), name == "tiff_rgb16_deflate.tif" ? 16U : 8U) << name;
    EXPECT_FALSE(reader.number(*bits, 3).has_value());
    EXPECT_FALSE(reader.number_of(0, 12345).has_value());
    EXPECT_FALSE(reader.number_of(1, kWidth).has_value());
  }
  EXPECT_EQ(TiffReader(file_of("tiff_two_pages.tif")).pages().size(), 2U);
}

TEST(TiffReader, ADirectoryThatLeadsToItselfEnds) {
  const Bytes loop = {'I', 'I', 42, 0, 8, 0, 0, 0,                                  // first at 8
                      1,   0,   0,  1, 3, 0, 1, 0, 0, 0, 24, 0, 0, 0, 8, 0, 0, 0};  // next at 8
  EXPECT_EQ(TiffReader(loop).pages().size(), 1U);
}

TEST(TiffReader, SurvivesAnything) {
  const Bytes whole = file_of("tiff_exif.tif");
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
      with_extras(file_of("tiff_rgb8_lzw.tif"), {.exif = block, .width = 24, .height = 17}));
  EXPECT_EQ(written.text(testing::kMain, 0x013b), "Anna");
  EXPECT_EQ(written.value(testing::kPhoto, 0x8827), 400) << "ISO";
  EXPECT_EQ(written.value(testing::kMain, kWidth), 24) << "the tags that were there";
}

}  // namespace
}  // namespace lama::internal::codecs

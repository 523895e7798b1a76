#include "codecs/tiff_directory.h"

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

}  // namespace
}  // namespace lama::internal::codecs

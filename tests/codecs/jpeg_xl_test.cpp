#include "codecs/jpeg_xl.h"

#include <algorithm>
#include <string_view>

#include "codecs/libvips.h"
#include "tests/codecs/fixtures.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;
using testing::file_bytes;

TEST(JpegXl, KnowsAnimations) {
  EXPECT_TRUE(is_animated_jpeg_xl(file_bytes("jxl_animated.jxl")));
  for (const char* name : {"jxl_rgb8.jxl", "jxl_rgba8.jxl", "jxl_grey16.jxl"}) {
    EXPECT_FALSE(is_animated_jpeg_xl(file_bytes(name))) << name;
  }
  EXPECT_FALSE(is_animated_jpeg_xl({}));
}

// The codestream decides; a decoder ignores the orientation of EXIF data (ISO/IEC 18181-2).
TEST(JpegXl, IsTurnedOnce) {
  const Image turned = testing::read_fixture("jxl_turned.jxl").image;
  ASSERT_EQ(turned.width(), 4);
  ASSERT_EQ(turned.height(), 6);
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 4; ++x) {
      const std::uint8_t* pixel = turned.bytes().data() + 3 * (y * 4 + x);
      EXPECT_EQ(pixel[0], 40 * y);
      EXPECT_EQ(pixel[1], 60 * (3 - x));
    }
  }
  const Image upright = testing::read_fixture("jxl_exif_turned.jxl").image;
  ASSERT_EQ(upright.width(), 6);
  EXPECT_EQ(upright.bytes()[3], 40);
  EXPECT_EQ(upright.bytes()[4], 0);
}

TEST(JpegXl, HidesCompressedMetadata) {
  Bytes file = file_bytes("jxl_animated.jxl");  // in a container
  const Blob same = own(vips_blob_new(nullptr, file.data(), file.size()));
  EXPECT_EQ(codecs::bytes_of(own(without_compressed_boxes(same.get()))).data(), file.data());
  const std::string_view box(
      "\0\0\0\x0c"
      "brobExif",
      12);
  file.insert(file.end(), box.begin(), box.end());
  const Blob given = own(vips_blob_new(nullptr, file.data(), file.size()));
  const Blob changed = own(without_compressed_boxes(given.get()));
  const auto bytes = codecs::bytes_of(changed);
  ASSERT_EQ(bytes.size(), file.size());
  const std::string_view end(reinterpret_cast<const char*>(bytes.data()) + bytes.size() - 8, 8);
  EXPECT_EQ(end, "skipExif");
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end() - 8, file.begin()));
}

}  // namespace
}  // namespace lama::internal::codecs

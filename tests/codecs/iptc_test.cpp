#include "codecs/iptc.h"

#include "tests/codecs/byte_order.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;
using testing::bytes_of;

TEST(Iptc, ComesBackFromResourcesAndText) {
  for (std::size_t size = 0; size < 100; ++size) {
    Bytes iptc(size);
    for (std::size_t i = 0; i < size; ++i) iptc[i] = static_cast<std::uint8_t>(7 * i + size);
    EXPECT_EQ(iptc_of_resources(resources_of_iptc(iptc)), iptc);
    EXPECT_EQ(iptc_of_png_text(png_text_of_iptc(iptc)), iptc);
  }
}

// ImageMagick's form, here for 20 bytes: "8BIM", id, no name, size, data.
TEST(Iptc, IsReadAsImageMagickWritesIt) {
  EXPECT_EQ(iptc_of_png_text("\niptc\n      16\n3842494d040400000000000441424344\n"),
            bytes_of("ABCD"));
  EXPECT_EQ(iptc_of_png_text("\niptc\n 4\n41424344\n"), bytes_of("ABCD")) << "without Photoshop";
  EXPECT_TRUE(iptc_of_png_text("\niptc\n 4\nxyz!\n").empty());
  EXPECT_TRUE(iptc_of_png_text("").empty());
}

}  // namespace
}  // namespace lama::internal::codecs

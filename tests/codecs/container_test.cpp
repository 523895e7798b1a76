#include "codecs/container.h"

#include "tests/codecs/byte_order.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;

void put_box(Bytes& file, const std::string& name, const std::string& content) {
  testing::put_big_endian(file, static_cast<std::uint32_t>(content.size() + 8), 4);
  testing::append(file, testing::bytes_of(name + content));
}

std::vector<std::string> embedded_in(const std::string& meta, const std::string& data) {
  Bytes file;
  put_box(file, "ftyp", "heic");
  put_box(file, "meta", meta);
  put_box(file, "mdat", data);
  return embedded_pictures(file, Format::heif);
}

TEST(EmbeddedPictures, AreNamedByTheMetadataOfAHeifFile) {
  EXPECT_EQ(embedded_in("iref....thmb", ""), std::vector<std::string>{"the embedded thumbnail"});
  EXPECT_EQ(embedded_in("infe....tmap", ""), std::vector<std::string>{"the HDR gain map"});
  EXPECT_EQ(embedded_in("auxC....urn:mpeg:hevc:2015:auxid:2:depth", "").size(), 1U);
  // Compressed data can hold any four letters.
  EXPECT_TRUE(embedded_in("iref", "thmb tmap hdrgainmap :depth").empty());
  EXPECT_TRUE(embedded_pictures(testing::bytes_of("thmb"), Format::heif).empty());
}

}  // namespace
}  // namespace lama::internal::codecs

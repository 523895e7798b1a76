#include "codecs/bmp.h"

#include "base/error.h"
#include "tests/codecs/fixtures.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;
using testing::error_of;
using testing::file_bytes;

std::string error_with(Bytes file, std::size_t at, std::uint8_t value) {
  file.at(at) = value;
  return error_of([&] { head_of_bmp(file); });
}

TEST(Bmp, RefusesWhatItDoesNotRead) {
  const Bytes good = file_bytes("bmp.bmp");
  EXPECT_NE(error_with(good, 30, 1).find("compressed"), std::string::npos);
  EXPECT_NE(error_with(good, 14, 13).find("header"), std::string::npos);
  EXPECT_NE(error_with(good, 28, 7).find("7 bits"), std::string::npos);
  EXPECT_NE(error_with(good, 21, 0x80).find("pixels"), std::string::npos);
  EXPECT_EQ(error_with(good, 22, 18), "it is cut short");
}

TEST(Bmp, RefusesEveryCutFile) {
  for (const char* name : {"bmp.bmp", "bmp_palette.bmp", "bmp_alpha.bmp", "bmp_565.bmp"}) {
    const Bytes whole = file_bytes(name);
    for (std::size_t size = 0; size < whole.size(); size += 1 + size / 8) {
      EXPECT_THROW(read_bmp(std::span(whole).first(size)), Error) << name << " " << size;
    }
    EXPECT_NO_THROW(read_bmp(whole));
  }
}

}  // namespace
}  // namespace lama::internal::codecs

#include "codecs/jpeg2000.h"

#include <algorithm>

#include "tests/codecs/fixtures.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;
using testing::error_of;
using testing::file_bytes;

/// Where the size's content begins, after its marker and length.
std::size_t size_at(const Bytes& file) {
  static constexpr std::uint8_t kStart[] = {0xff, 0x4f, 0xff, 0x51};
  const auto found = std::search(file.begin(), file.end(), std::begin(kStart), std::end(kStart));
  return static_cast<std::size_t>(found - file.begin()) + 6;
}

TEST(Jpeg2000, StatesItsBits) {
  EXPECT_EQ(jpeg2000_bits(file_bytes("jp2_rgb8.jp2")), 8);
  EXPECT_EQ(jpeg2000_bits(file_bytes("jp2_grey12.jp2")), 12);
  EXPECT_EQ(jpeg2000_bits(file_bytes("jp2_rgb16.j2k")), 16);
  EXPECT_EQ(jpeg2000_bits(Bytes(9)), 16);
}

TEST(Jpeg2000, ReadsNoFileOfManyChannelsOrTiles) {
  const Bytes good = file_bytes("jp2_rgb8.jp2");
  EXPECT_NO_THROW(require_bounded_jpeg2000(good));
  Bytes channels = good;
  channels[size_at(good) + 34] = 0x40;  // 16387
  EXPECT_EQ(error_of([&] { require_bounded_jpeg2000(channels); }), "it has 16387 channels");
  Bytes tiles = good;
  for (std::size_t i = 2; i < 10; ++i) tiles[size_at(good) + i] = i % 4 == 3 ? 1 : 0;  // 65536
  for (std::size_t i = 18; i < 26; ++i) tiles[size_at(good) + i] = i % 4 == 1 ? 16 : 0;
  EXPECT_NE(error_of([&] { require_bounded_jpeg2000(tiles); }).find("tiles"), std::string::npos);
}

TEST(Jpeg2000, ReadsNoFileOfTinyPrecincts) {
  const Bytes good = file_bytes("jp2_rgb8.jp2");
  static constexpr std::uint8_t kStyle[] = {0xff, 0x52};
  const auto found = std::search(good.begin() + static_cast<std::ptrdiff_t>(size_at(good)),
                                 good.end(), std::begin(kStyle), std::end(kStyle));
  ASSERT_NE(found, good.end());
  Bytes tiny(good.begin(), found);
  for (const int byte : {0xff, 0x52, 0, 13, 1, 0, 0, 1, 1, 0, 4, 4, 0, 1, 0x11}) {
    tiny.push_back(static_cast<std::uint8_t>(byte));
  }
  EXPECT_NE(error_of([&] { require_bounded_jpeg2000(tiny); }).find("precincts"), std::string::npos);
  tiny[tiny.size() - 1] = tiny[tiny.size() - 2] = 0x77;  // 128 pixels
  EXPECT_NO_THROW(require_bounded_jpeg2000(tiny));
}

}  // namespace
}  // namespace lama::internal::codecs

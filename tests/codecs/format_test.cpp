#include "codecs/format.h"

#include "codecs/format_table.h"
#include "tests/codecs/byte_order.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::bytes_of;
using testing::error_of;

TEST(FormatFor, GoesByTheExtension) {
  const std::pair<Format, std::vector<std::string>> kinds[] = {
      {Format::jpeg,
       {"a.jpg", "a.JPG", "a.jpeg", "a.JpEg", "a.jif", "a.pjpeg", "a.PJP", "b/a.png.jpg"}},
      {Format::png, {"a.png", "a.PNG", "a.apng", "x.jpg/a.png"}},
      {Format::webp, {"a.webp"}},
      {Format::tiff, {"a.tif", "a.TIFF"}},
      {Format::heif, {"IMG_1.HEIC", "a.heif"}},
      {Format::avif, {"a.avif"}},
  };
  for (const auto& [format, names] : kinds) {
    for (const std::string& name : names) {
      EXPECT_EQ(format_for(name), format) << name;
      EXPECT_TRUE(format_by_name(name)) << name;
    }
  }
  for (const std::string name : {"a", "a.psd", "a.jpg.gz", "", ".png", "png", "a.", "dir.png/a"}) {
    const std::string error = error_of([&] { format_for(name); });
    EXPECT_TRUE(error.starts_with(name + ": ")) << error;
    for (const std::string ending :
         {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif"}) {
      EXPECT_NE(error.find(ending), std::string::npos) << error;
    }
    EXPECT_FALSE(format_by_name(name)) << name;
  }
}

TEST(FormatFor, RefusesTheNamesOfFormatsThatAreOnlyRead) {
  for (const std::string name : {"a.gif", "a.BMP", "a.dib", "a.pbm", "a.pgm", "a.ppm", "a.pnm",
                                 "a.jp2", "a.j2k", "a.jpx", "a.jxl"}) {
    ASSERT_TRUE(format_by_name(name)) << name;
    EXPECT_EQ(written_as(*format_by_name(name)), Format::png) << name;
    const std::string error = error_of([&] { format_for(name); });
    EXPECT_TRUE(error.starts_with(name + ": ")) << error;
    EXPECT_NE(error.find("is only read"), std::string::npos) << error;
  }
  EXPECT_EQ(written_as(Format::heif), Format::heif);
}

TEST(FormatTable, HasARowForEveryFormat) {
  for (const Format format :
       {Format::jpeg, Format::png, Format::webp, Format::tiff, Format::heif, Format::avif,
        Format::gif, Format::jp2, Format::jxl, Format::pnm, Format::bmp}) {
    const FormatRow& row = row_of(format);
    EXPECT_EQ(row.format, format);
    EXPECT_EQ(format_by_name("a" + std::string(row.endings[0])), format);
  }
  EXPECT_EQ(format_table().size(), 11U);
  EXPECT_EQ(name_of(Format::heif), "HEIF");
  EXPECT_STREQ(row_of(Format::webp).media_type, "image/webp");
  EXPECT_TRUE(always_lossless(Format::tiff));
  EXPECT_FALSE(always_lossless(Format::jpeg));
  EXPECT_EQ(all_formats(),
            "JPEG, PNG, WebP, TIFF, HEIF, AVIF, GIF, JPEG 2000, JPEG XL, PNM or BMP");
}

TEST(FormatOf, GoesByTheFirstBytes) {
  const std::pair<std::string, std::optional<Format>> files[] = {
      {"\xff\xd8\xff\xe0", Format::jpeg},
      {"\x89PNG\r\n\x1a\n", Format::png},
      {"RIFF1234WEBPVP8 ", Format::webp},
      {"RIFF1234WAVEfmt ", std::nullopt},
      {{"II*\0", 4}, Format::tiff},
      {{"MM\0*", 4}, Format::tiff},
      {{"II+\0", 4}, Format::tiff},
      {{"\0\0\0\x18"
        "ftypheic\0\0\0\0mif1heic",
        24},
       Format::heif},
      {{"\0\0\0\x18"
        "ftypmif1\0\0\0\0mif1heic",
        24},
       Format::heif},
      {{"\0\0\0\x18"
        "ftypmif1\0\0\0\0avifmiaf",
        24},
       Format::avif},
      {{"\0\0\0\x14"
        "ftypavif\0\0\0\0mif1",
        20},
       Format::avif},
      {{"\0\0\0\x18"
        "ftypisom\0\0\0\0mp41mp42",
        24},
       std::nullopt},
      // Brands after the box do not count.
      {{"\0\0\0\x14"
        "ftypisom\0\0\0\0mp41heic",
        24},
       std::nullopt},
      {{"\0\0\0\x0c"
        "ftypheic",
        12},
       Format::heif},
      {"RIFF", std::nullopt},
      {"", std::nullopt},
      {"GIF89a", Format::gif},
      {"GIF88a", std::nullopt},
      {{"\0\0\0\x0cjP  \r\n\x87\n", 12}, Format::jp2},
      {"\xff\x4f\xff\x51", Format::jp2},
      {{"\0\0\0\x0cJXL \r\n\x87\n", 12}, Format::jxl},
      {"\xff\x0a", Format::jxl},
      {"P4 1 1 x", Format::pnm},
      {"P6\n1 1\n255\nxxx", Format::pnm},
      {"P7\n", std::nullopt},
      {"P5x", std::nullopt},
      {{"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", 18}, Format::bmp},
      {"BMW is a make of cars", std::nullopt},
      {"<svg>", std::nullopt},
      {"%PDF", std::nullopt},
  };
  for (const auto& [file, format] : files) EXPECT_EQ(format_of(bytes_of(file)), format) << file;
}

}  // namespace
}  // namespace lama::internal::codecs

#include "codecs/picture.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <random>
#include <thread>
#include <vips/vips8>

#include "base/memory.h"
#include "codecs/iptc.h"
#include "codecs/jpeg_quality.h"
#include "codecs/tiff_directory.h"
#include "tests/codecs/exif.h"
#include "tests/codecs/jpeg_file.h"
#include "tests/codecs/orientation.h"
#include "tests/codecs/png_file.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

namespace fs = std::filesystem;
using testing::append;
using testing::Bytes;
using testing::bytes_of;
using testing::camera_tags;
using testing::contains;
using testing::error_of;
using testing::ExifReader;
using testing::get;
using testing::jpeg_data;
using testing::jpeg_form;
using testing::make_exif;
using testing::make_jpeg;
using testing::make_png;
using testing::PngChunk;
using testing::put;
using testing::TemporaryFolder;
using testing::text_of;

bool contains(const Bytes& bytes, const Bytes& part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

Picture read_bytes(const Bytes& bytes) {
  const TemporaryFolder folder;
  put(folder / "picture", bytes);
  return read_picture(folder / "picture", "photo");
}

/// Reads a file and writes it again with write_picture under this name.
Bytes rewritten(const Bytes& file, const std::string& name, const WriteOptions& options = {}) {
  const TemporaryFolder folder;
  const Picture picture = read_bytes(file);
  write_picture(folder / name, picture.image, picture, options);
  return get(folder / name);
}

/// A colourful 8-bit picture without symmetry.
Image colours(int width, int height, int channels = 3) {
  Image image(width, height, channels, Depth::u8);
  std::size_t i = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        image.bytes()[i++] =
            static_cast<std::uint8_t>(127 + 100 * std::sin(0.1 * x + 0.05 * y * c + c));
      }
    }
  }
  return image;
}

Image uniform(int width, int height, std::uint8_t value) {
  Image image(width, height, 3, Depth::u8);
  std::fill(image.bytes().begin(), image.bytes().end(), value);
  return image;
}

double mean(const Image& image) {
  double sum = 0;
  for (const std::uint8_t byte : image.bytes()) sum += byte;
  return sum / static_cast<double>(image.bytes().size());
}

/// An EXIF segment of a JPEG.
testing::JpegSegment app1(const Bytes& exif) {
  Bytes data = bytes_of({"Exif\0\0", 6});
  append(data, exif);
  return {0xe1, data};
}

/// The EXIF block of a JPEG or PNG file; empty if there is none.
Bytes exif_of(const Bytes& file) {
  if (file[0] == 0xff) return jpeg_data(file, 0xe1, {"Exif\0\0", 6});
  for (const PngChunk& chunk : testing::png_chunks(file)) {
    if (chunk.type == "eXIf") return chunk.data;
  }
  return {};
}

// --- PNG samples ---

struct Kind {
  int channels;
  int bits;
};

class PngRoundTrip : public ::testing::TestWithParam<Kind> {};

TEST_P(PngRoundTrip, KeepsEverySample) {
  const auto [channels, bits] = GetParam();
  constexpr int kWidth = 37, kHeight = 29;
  static constexpr testing::PngColour kColours[] = {testing::kGrey, testing::kGreyAlpha,
                                                    testing::kRgb, testing::kRgba};
  std::mt19937 random(7);
  const std::size_t row_bytes = static_cast<std::size_t>(kWidth * channels * bits / 8);
  std::vector<Bytes> rows(kHeight, Bytes(row_bytes));
  for (Bytes& row : rows) std::generate(row.begin(), row.end(), std::ref(random));

  const Bytes file = make_png(kWidth, bits, kColours[channels - 1], rows);
  const Picture picture = read_bytes(file);
  const Image& image = picture.image;
  EXPECT_EQ(picture.format, Format::png);
  EXPECT_EQ(picture.quality, 0);
  ASSERT_EQ(image.width(), kWidth);
  ASSERT_EQ(image.height(), kHeight);
  ASSERT_EQ(image.channels(), channels);
  ASSERT_EQ(image.max_value(), (1 << bits) - 1);
  for (std::size_t y = 0; y < kHeight; ++y) {
    for (std::size_t x = 0; x < row_bytes * 8 / static_cast<std::size_t>(bits); ++x) {
      if (bits == 8) {
        ASSERT_EQ(image.bytes()[y * row_bytes + x], rows[y][x]);
      } else {
        ASSERT_EQ(image.samples<std::uint16_t>()[y * row_bytes / 2 + x],
                  rows[y][2 * x] << 8 | rows[y][2 * x + 1]);
      }
    }
  }

  const Picture again = read_bytes(rewritten(file, "out.png"));
  EXPECT_EQ(again.image.bytes(), image.bytes());
  EXPECT_EQ(again.image.channels(), channels);
  EXPECT_EQ(again.image.depth(), image.depth());
}

INSTANTIATE_TEST_SUITE_P(All, PngRoundTrip,
                         ::testing::Values(Kind{1, 8}, Kind{2, 8}, Kind{3, 8}, Kind{4, 8},
                                           Kind{1, 16}, Kind{2, 16}, Kind{3, 16}, Kind{4, 16}),
                         [](const auto& kind) {
                           return std::to_string(kind.param.channels) + "Channels" +
                                  std::to_string(kind.param.bits) + "Bit";
                         });

TEST(ReadPng, ExpandsPalettes) {
  const PngChunk palette{"PLTE", {255, 0, 0, 0, 255, 0, 1, 2, 3}};
  const Image opaque = read_bytes(make_png(3, 8, testing::kPalette, {{0, 1, 2}}, {palette})).image;
  EXPECT_EQ(opaque.channels(), 3);
  EXPECT_EQ(opaque.bytes(), (Bytes{255, 0, 0, 0, 255, 0, 1, 2, 3}));

  const PngChunk transparency{"tRNS", {128}};
  const Image clear =
      read_bytes(make_png(4, 2, testing::kPalette, {{0b00011000}}, {palette, transparency})).image;
  EXPECT_EQ(clear.channels(), 4);
  EXPECT_EQ(clear.bytes(), (Bytes{255, 0, 0, 128, 0, 255, 0, 255, 1, 2, 3, 255, 255, 0, 0, 128}));
}

TEST(ReadPng, StretchesFewBitsToEight) {
  EXPECT_EQ(read_bytes(make_png(8, 1, testing::kGrey, {{0b01101000}})).image.bytes(),
            (Bytes{0, 255, 255, 0, 255, 0, 0, 0}));
  EXPECT_EQ(read_bytes(make_png(4, 2, testing::kGrey, {{0b00011011}})).image.bytes(),
            (Bytes{0, 85, 170, 255}));
  EXPECT_EQ(read_bytes(make_png(2, 4, testing::kGrey, {{0x5f}})).image.bytes(), (Bytes{85, 255}));
}

TEST(WritePng, OfAJpegKeepsItsPixels) {
  const Bytes file = make_jpeg(colours(40, 30));
  const Picture png = read_bytes(rewritten(file, "out.png"));
  EXPECT_EQ(png.format, Format::png);
  EXPECT_EQ(png.image.bytes(), read_bytes(file).image.bytes());
}

// --- JPEG form ---

TEST(ReadJpeg, DecodesGreyAndColour) {
  for (const int channels : {1, 3}) {
    const Image image = colours(40, 30, channels);
    const Picture picture = read_bytes(make_jpeg(image, {.quality = 98}));
    EXPECT_EQ(picture.format, Format::jpeg);
    EXPECT_EQ(picture.quality, 98);
    ASSERT_EQ(picture.image.channels(), channels);
    for (std::size_t i = 0; i < image.bytes().size(); ++i) {
      ASSERT_NEAR(picture.image.bytes()[i], image.bytes()[i], 8) << i;
    }
  }
}

TEST(WriteJpeg, KeepsQualitySubsamplingAndOrderOfTheSource) {
  for (const int quality : {1, 30, 75, 89, 90, 95, 100}) {
    for (const int sampling : {1, 2}) {
      for (const bool progressive : {false, true}) {
        const Bytes file =
            make_jpeg(colours(64, 48),
                      {.quality = quality, .sampling = sampling, .progressive = progressive});
        EXPECT_TRUE(jpeg_form(rewritten(file, "out.jpg")) == jpeg_form(file))
            << quality << ", sampling " << sampling << ", progressive " << progressive;
      }
    }
  }
}

TEST(WriteJpeg, UsesTheRequestedQuality) {
  const Bytes jpeg = make_jpeg(colours(64, 48), {.quality = 50});
  EXPECT_EQ(jpeg_quality(rewritten(jpeg, "out.jpg", {.quality = 83})), 83);
  EXPECT_EQ(jpeg_quality(rewritten(jpeg, "out.jpg")), 50);
  const Bytes png = make_png(2, 8, testing::kGrey, {{0, 255}});
  EXPECT_EQ(jpeg_quality(rewritten(png, "out.jpg")), 95);
  EXPECT_EQ(jpeg_quality(rewritten(png, "out.jpg", {.quality = 20})), 20);
}

TEST(WriteJpeg, OfAPngHasFullColour) {
  EXPECT_EQ(jpeg_form(rewritten(make_png(1, 8, testing::kRgb, {{255, 0, 0}}), "out.jpg")).sampling,
            1);
}

TEST(WriteJpeg, Narrows16Bits) {
  const Bytes png = make_png(2, 16, testing::kGrey, {{0x40, 0x12, 0xc0, 0x34}});
  const Image image = read_bytes(rewritten(png, "out.jpg", {.quality = 100})).image;
  EXPECT_EQ(image.depth(), Depth::u8);
  ASSERT_EQ(image.channels(), 1);
  EXPECT_NEAR(image.bytes()[0], 0x40, 2);
  EXPECT_NEAR(image.bytes()[1], 0xc0, 2);
}

// --- Orientation ---

Image turned(const Image& stored, int orientation) {
  const int width = stored.width(), height = stored.height();
  Image upright(orientation >= 5 ? height : width, orientation >= 5 ? width : height,
                stored.channels(), stored.depth());
  auto out = upright.bytes().begin();
  for (int y = 0; y < upright.height(); ++y) {
    for (int x = 0; x < upright.width(); ++x) {
      const auto [u, v] = testing::stored_at(orientation, x, y, width, height);
      out = std::copy_n(stored.bytes().begin() + (v * width + u) * stored.channels(),
                        stored.channels(), out);
    }
  }
  return upright;
}

TEST(ReadSize, IsThePictures) {
  for (const char* name : {"jpeg_cmyk.jpg", "png_grey1.png", "png_palette_alpha.png",
                           "png_prophoto16.png", "webp_lossless.webp", "tiff_associated16.tif",
                           "tiff_float.tif", "heif_turned.heic", "avif_alpha.avif"}) {
    const Picture picture = read_picture(testing::data(std::string("pictures/") + name), "photo");
    const PictureSize size = read_size(*picture.file, name, "photo");
    EXPECT_EQ(size.width, picture.image.width()) << name;
    EXPECT_EQ(size.height, picture.image.height()) << name;
    EXPECT_EQ(size.bytes, picture.image.bytes().size()) << name;
    // The reader does not look for the end.
    if (picture.format == Format::png) {
      EXPECT_EQ(
          read_size(std::span(*picture.file).first(picture.file->size() - 20), name, "photo").width,
          size.width);
    }
  }
  EXPECT_THROW(read_size(Bytes{1, 2, 3}, "x", "photo"), Error);
}

TEST(ReadNeeded, DecodesALargeJpegAtAPartOfItsSize) {
  const Bytes exif =
      make_exif({.folders = {{testing::kMain,
                              {testing::exif_number(testing::kOrientation, testing::kShort, 6)}}}});
  const Image image = colours(801, 500);
  const Bytes file = make_jpeg(image, {.sampling = 2, .segments = {app1(exif)}});
  const auto reduced = [&](int longest) {
    return read_needed(file, "photo", "photo", {.longest = longest}, SIZE_MAX).image;
  };
  const Image whole = read_bytes(file).image;
  for (const auto& [longest, width, height] : {std::array{100, 62, 100},
                                               {101, 125, 200},
                                               {200, 125, 200},
                                               {400, 250, 400},
                                               {401, 500, 801},
                                               {9000, 500, 801},
                                               {1, 62, 100}}) {
    const Image small = reduced(longest);
    ASSERT_EQ(small.width(), width) << longest;
    ASSERT_EQ(small.height(), height) << longest;
    const double scale = static_cast<double>(whole.height()) / height;
    for (int y = 5; y < height - 5; y += 7) {
      for (int x = 5; x < width - 5; x += 7) {
        const auto at = [](const Image& from, double u, double v) {
          return from
              .bytes()[3 * (static_cast<std::size_t>(v) * static_cast<std::size_t>(from.width()) +
                            static_cast<std::size_t>(u))];
        };
        ASSERT_NEAR(at(small, x, y), at(whole, (x + 0.5) * scale, (y + 0.5) * scale), 40);
      }
    }
  }
  // No side becomes 0.
  const Image narrow = colours(5, 900);
  EXPECT_EQ(
      read_needed(make_jpeg(narrow), "photo", "photo", {.longest = 1}, SIZE_MAX).image.height(),
      225);
  // Limits hold for the whole picture, and damage is found.
  EXPECT_THROW(read_needed(file, "photo", "photo", {.longest = 1}, 801 * 500 - 1), TooManyPixels);
  for (const std::size_t missing : {3U, 300U, 3000U}) {
    const Bytes cut(file.begin(), file.end() - missing);
    EXPECT_THROW(read_needed(cut, "photo", "photo", {.longest = 1}, SIZE_MAX), Error) << missing;
  }
  // Other formats are read as they are.
  const Bytes png = make_png(3, 8, testing::kGrey, {{1, 2, 3}});
  EXPECT_EQ(read_needed(png, "photo", "photo", {.longest = 1}, SIZE_MAX).image.width(), 3);
}

TEST(ReadNeeded, EndsAfterTheRows) {
  for (const char* name :
       {"jpeg_cmyk.jpg", "png_grey1.png", "png_palette_alpha.png", "png_prophoto16.png",
        "webp_lossless.webp", "tiff_associated16.tif", "tiff_float.tif", "heif_turned.heic",
        "gif.gif", "pnm_grey10.pgm", "bmp.bmp"}) {
    const Bytes file = get(testing::data(std::string("pictures/") + name));
    const Image whole = read_picture(file, name, "photo").image;
    const Image part = read_needed(file, name, "photo", {.rows = 5}, SIZE_MAX).image;
    ASSERT_EQ(part.width(), whole.width()) << name;
    const bool all = name == std::string("bmp.bmp");
    ASSERT_EQ(part.height(), all ? whole.height() : 5) << name;
    EXPECT_TRUE(std::equal(part.bytes().begin(), part.bytes().end(), whole.bytes().begin()))
        << name;
  }
  const Bytes exif =
      make_exif({.folders = {{testing::kMain,
                              {testing::exif_number(testing::kOrientation, testing::kShort, 3)}}}});
  const Bytes turned_round = make_jpeg(colours(40, 30), {.segments = {app1(exif)}});
  EXPECT_TRUE(read_needed(turned_round, "photo", "photo", {.rows = 5}, SIZE_MAX).image.bytes() ==
              read_bytes(turned_round).image.bytes());
}

class Orientation : public ::testing::TestWithParam<int> {};

TEST_P(Orientation, IsAppliedOnceAndBecomesOne) {
  const int orientation = GetParam();
  const Bytes exif =
      make_exif({.folders = {{testing::kMain,
                              {testing::exif_number(testing::kOrientation, testing::kShort,
                                                    static_cast<unsigned>(orientation))}}}});
  const Image image = colours(41, 23);
  std::vector<Bytes> rows;
  for (int y = 0; y < 23; ++y) {
    const auto begin = image.bytes().begin() + y * 41 * 3;
    rows.emplace_back(begin, begin + 41 * 3);
  }
  const Bytes files[] = {make_jpeg(image, {.segments = {app1(exif)}}),
                         make_png(41, 8, testing::kRgb, rows, {{"eXIf", exif}})};
  for (const Bytes& file : files) {
    const Picture picture = read_bytes(file);
    const bool jpeg = picture.format == Format::jpeg;
    EXPECT_EQ(read_size(file, "photo", "photo").width, picture.image.width());
    const Image stored = jpeg ? read_bytes(make_jpeg(image)).image : image;
    const Image expected = turned(stored, orientation);
    EXPECT_EQ(picture.image.width(), expected.width());
    EXPECT_EQ(picture.image.height(), expected.height());
    EXPECT_TRUE(picture.image.bytes() == expected.bytes()) << (jpeg ? "JPEG" : "PNG");

    for (const std::string name : {"out.jpg", "out.png"}) {
      const Bytes written = rewritten(file, name);
      const ExifReader reader(exif_of(written));
      EXPECT_EQ(reader.value(testing::kMain, testing::kOrientation), 1) << name;
      const Image again = read_bytes(written).image;
      EXPECT_EQ(again.width(), expected.width()) << "not turned again";
      if (name == "out.png") {
        EXPECT_TRUE(again.bytes() == expected.bytes());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Orientation, ::testing::Range(1, 9));

// --- Metadata ---

/// A colour profile of incompressible content, valid as far as readers check.
Bytes icc_profile(std::size_t size) {
  Bytes profile(size);
  std::mt19937 random(3);
  std::generate(profile.begin() + 132, profile.end(), std::ref(random));
  const auto put_text = [&profile](std::size_t at, const std::string& text) {
    std::copy(text.begin(), text.end(), profile.begin() + static_cast<std::ptrdiff_t>(at));
  };
  Bytes length;
  testing::put_big_endian(length, static_cast<std::uint32_t>(size), 4);
  std::copy(length.begin(), length.end(), profile.begin());
  profile[8] = 2;  // version
  put_text(12, "mntr");
  put_text(16, "RGB ");
  put_text(20, "XYZ ");
  put_text(36, "acsp");
  const Bytes d50 = {0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d};
  std::copy(d50.begin(), d50.end(), profile.begin() + 68);
  return profile;
}

std::vector<testing::JpegSegment> icc_segments(const Bytes& profile) {
  constexpr std::size_t kMost = 65519;
  std::vector<testing::JpegSegment> segments;
  const std::size_t count = (profile.size() + kMost - 1) / kMost;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes data = bytes_of({"ICC_PROFILE\0", 12});
    data.push_back(static_cast<std::uint8_t>(i + 1));
    data.push_back(static_cast<std::uint8_t>(count));
    const auto rest = std::span(profile).subspan(i * kMost);
    append(data, rest.first(std::min(kMost, rest.size())));
    segments.push_back({0xe2, data});
  }
  return segments;
}

/// The profile in the ICC segments of a JPEG.
Bytes icc_of(const Bytes& jpeg) {
  Bytes profile;
  for (const auto& segment : testing::jpeg_segments(jpeg)) {
    if (segment.marker == 0xe2 && text_of(segment.data).starts_with("ICC_PROFILE")) {
      append(profile, std::span(segment.data).subspan(14));
    }
  }
  return profile;
}

TEST(Metadata, ColourProfilesKeepTheirBytes) {
  for (const std::size_t size : {300U, 100000U}) {
    const Bytes profile = icc_profile(size);
    const Bytes jpeg = make_jpeg(colours(20, 20), {.segments = icc_segments(profile)});
    EXPECT_TRUE(icc_of(rewritten(jpeg, "out.jpg")) == profile) << size;

    // PNG compresses the profile; a JPEG made from it shows the bytes.
    PngChunk chunk{"iCCP", bytes_of({"name\0\0", 6})};
    append(chunk.data, testing::stored(profile));
    const Bytes png = make_png(1, 8, testing::kRgb, {{10, 20, 30}}, {chunk});
    EXPECT_TRUE(icc_of(rewritten(png, "out.jpg")) == profile) << size;
    EXPECT_TRUE(icc_of(rewritten(rewritten(png, "out.png"), "out.jpg")) == profile) << size;
    EXPECT_TRUE(icc_of(rewritten(rewritten(jpeg, "out.png"), "out.jpg")) == profile) << size;
  }
}

// Many grey PNG files have one for RGB. Some versions of libpng keep it, others leave it out.
TEST(Metadata, APngsUnusableProfileIsDroppedWithANote) {
  PngChunk rgb{"iCCP", bytes_of({"name\0\0", 6})}, damaged = rgb;
  append(rgb.data, testing::stored(icc_profile(300)));
  append(damaged.data, testing::stored(Bytes(200, 'x')));
  for (const Bytes& png : {make_png(1, 8, testing::kGrey, {{10}}, {rgb}),
                           make_png(1, 8, testing::kRgb, {{10, 20, 30}}, {damaged})}) {
    const Picture picture = read_bytes(png);
    ASSERT_EQ(picture.notes.size(), 1U);
    EXPECT_TRUE(picture.notes[0].starts_with("the colour profile is ")) << picture.notes[0];
    EXPECT_TRUE(icc_of(rewritten(png, "out.jpg")).empty());
  }
  EXPECT_TRUE(read_bytes(get(testing::data("pictures/png_p3.png"))).notes.empty());
}

TEST(Metadata, AColourProfileDoesNotChangeSamples) {
  PngChunk chunk{"iCCP", bytes_of({"name\0\0", 6})};
  append(chunk.data, testing::stored(icc_profile(300)));
  const Bytes png = make_png(1, 16, testing::kRgb, {{1, 2, 3, 4, 5, 6}}, {chunk});
  EXPECT_EQ(read_bytes(rewritten(png, "out.png")).image.bytes(), read_bytes(png).image.bytes());
  const Image image = read_bytes(png).image;
  EXPECT_EQ(image.samples<std::uint16_t>()[2], 0x0506);
}

TEST(Metadata, ExifTagsAreKept) {
  const Bytes exif = make_exif(camera_tags());
  const Bytes jpeg = make_jpeg(colours(20, 20), {.segments = {app1(exif)}});
  const Bytes png = make_png(1, 8, testing::kGrey, {{9}}, {{"eXIf", exif}});
  const std::pair<const Bytes&, std::string> ways[] = {
      {jpeg, "out.jpg"}, {png, "out.png"}, {jpeg, "out.png"}, {png, "out.jpg"}};
  for (const auto& [file, name] : ways) {
    SCOPED_TRACE((file == jpeg ? "JPEG to " : "PNG to ") + name);
    const ExifReader reader(exif_of(rewritten(file, name)));
    EXPECT_EQ(reader.text(testing::kMain, testing::kMake), "Camera Works");
    EXPECT_EQ(reader.text(testing::kPhoto, testing::kDateTimeOriginal), "2021:09:15 12:34:56");
    EXPECT_EQ(reader.text(testing::kGps, testing::kLatitudeRef), "N");
    const auto latitude = reader.find(testing::kGps, testing::kLatitude);
    ASSERT_TRUE(latitude.has_value());
    EXPECT_EQ(reader.value(testing::kGps, testing::kLatitude), 48);
    EXPECT_EQ(latitude, camera_tags().folders[testing::kGps][1].value);
  }
}

// libvips refuses it at the end of a fill.
TEST(Metadata, ExifThatIsCutShortIsDroppedWithANote) {
  for (const std::string exif : {"II*", "MM", "II*abcd"}) {
    const Picture picture = read_picture(
        make_jpeg(colours(8, 8), {.segments = {app1(bytes_of(exif))}}), "in.jpg", "photo");
    for (const Format format : {Format::png, Format::jpeg, Format::webp, Format::tiff}) {
      std::vector<std::string> notes;
      encode_picture(picture.image, format, picture,
                     {.note = [&notes](const std::string& text) { notes.push_back(text); }}, "out");
      ASSERT_EQ(notes.size(), 1U) << exif;
      EXPECT_EQ(notes[0], "the EXIF data was dropped: it is cut short");
    }
  }
}

// libvips refuses more than 1 MB at the end of a fill, and drops less without a word.
TEST(Metadata, LargeExifIsDroppedWithANote) {
  for (const std::size_t size : {100'000U, 2'000'000U}) {
    const Bytes exif =
        make_exif({.folders = {{testing::kMain,
                                {testing::exif_text(testing::kMake, std::string(size, 'a'))}}}});
    const Picture picture =
        read_picture(make_png(1, 8, testing::kGrey, {{9}}, {{"eXIf", exif}}), "in.png", "photo");
    for (const Format format : {Format::png, Format::jpeg, Format::webp}) {
      std::vector<std::string> notes;
      encode_picture(picture.image, format, picture,
                     {.note = [&notes](const std::string& text) { notes.push_back(text); }}, "out");
      ASSERT_EQ(notes.size(), 1U) << size;
      EXPECT_NE(notes[0].find("the EXIF data was dropped"), std::string::npos) << notes[0];
    }
  }
}

TEST(Metadata, PixelDimensionsAreThoseOfTheUprightPicture) {
  auto tags = camera_tags();
  tags.folders[testing::kMain].push_back(
      testing::exif_number(testing::kOrientation, testing::kShort, 6));
  tags.folders[testing::kPhoto].push_back(
      testing::exif_number(testing::kPixelWidth, testing::kLong, 40));
  tags.folders[testing::kPhoto].push_back(
      testing::exif_number(testing::kPixelHeight, testing::kLong, 20));
  const Bytes jpeg = make_jpeg(colours(40, 20), {.segments = {app1(make_exif(tags))}});
  const ExifReader reader(exif_of(rewritten(jpeg, "out.jpg")));
  EXPECT_EQ(reader.value(testing::kPhoto, testing::kPixelWidth), 20);
  EXPECT_EQ(reader.value(testing::kPhoto, testing::kPixelHeight), 40);
}

TEST(Metadata, ResolutionIsKept) {
  Bytes jpeg = make_jpeg(colours(20, 20));
  // JFIF: "JFIF\0", version (2), unit (1: per inch), horizontal and vertical density.
  const Bytes density = {1, 0x01, 0x2c, 0x01, 0x2c};
  std::copy(density.begin(), density.end(), jpeg.begin() + 2 + 4 + 7);
  const ExifReader reader(exif_of(rewritten(jpeg, "out.jpg")));
  EXPECT_EQ(reader.fraction(testing::kMain, testing::kXResolution), 300);
  EXPECT_EQ(reader.value(testing::kMain, testing::kResolutionUnit), 2) << "per inch";

  const PngChunk physical{"pHYs", {0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1}};  // 11811 per metre
  const auto chunks =
      testing::png_chunks(rewritten(make_png(1, 8, testing::kGrey, {{9}}, {physical}), "out.png"));
  const auto found = std::find_if(chunks.begin(), chunks.end(),
                                  [](const PngChunk& chunk) { return chunk.type == "pHYs"; });
  ASSERT_NE(found, chunks.end());
  EXPECT_EQ(found->data, physical.data);
}

/// The texts of a PNG by keyword; compressed ones too, so libvips must read them.
std::map<std::string, std::string> png_texts(const Bytes& file) {
  const TemporaryFolder folder;
  put(folder / "file.png", file);
  const auto image = vips::VImage::pngload((folder / "file.png").c_str());
  std::map<std::string, std::string> texts;
  gchar** fields = vips_image_get_fields(image.get_image());
  for (gchar** field = fields; *field != nullptr; ++field) {
    const std::string name = *field;  // png-comment-NUMBER-KEYWORD
    if (!name.starts_with("png-comment-")) continue;
    texts[name.substr(name.find('-', 12) + 1)] = image.get_string(*field);
  }
  g_strfreev(fields);
  return texts;
}

TEST(Metadata, PngTextIsKept) {
  const std::vector<PngChunk> texts = {{"tEXt", bytes_of({"Author\0Somebody", 15})},
                                       {"tEXt", bytes_of({"Creation Time\0yesterday", 23})},
                                       {"iTXt", bytes_of({"Title\0\0\0fr\0Titre\0Le mur", 23})}};
  const Bytes written = rewritten(make_png(1, 8, testing::kGrey, {{9}}, texts), "out.png");
  std::vector<Bytes> kept, expected;
  for (const PngChunk& chunk : testing::png_chunks(written)) {
    if (chunk.type.ends_with("Xt")) kept.push_back(chunk.data);
  }
  for (const PngChunk& text : texts) expected.push_back(text.data);
  EXPECT_EQ(kept, expected);
}

TEST(Metadata, AJpegsCommentIsKept) {
  const Bytes comment = bytes_of("seen from the bridge");
  const Bytes written =
      rewritten(make_jpeg(colours(20, 20), {.segments = {{0xfe, comment}}}), "out.jpg");
  EXPECT_EQ(jpeg_data(written, 0xfe, ""), comment);
}

TEST(Metadata, IptcGoesFromFormatToFormat) {
  const Bytes iptc = bytes_of({"\x1c\x02\x78\0\x07old cat", 12});  // a caption
  const Bytes resources = resources_of_iptc(iptc);
  const Bytes jpeg = make_jpeg(colours(20, 20), {.segments = {{0xed, resources}}});
  for (const std::string name : {"by.png", "by.tif"}) {
    const Bytes back = rewritten(rewritten(jpeg, name), "out.jpg");
    EXPECT_EQ(iptc_of_resources(jpeg_data(back, 0xed, "")), iptc) << name;
  }
  std::string told;
  rewritten(jpeg, "out.webp", {.note = [&told](const std::string& text) { told = text; }});
  EXPECT_TRUE(contains(told, "IPTC")) << told;
}

const std::string kXmpHeader("http://ns.adobe.com/xap/1.0/\0", 29);

testing::JpegSegment xmp_segment(const std::string& xmp) {
  return {0xe1, bytes_of(kXmpHeader + xmp)};
}

std::string xmp_of(const Bytes& jpeg) { return text_of(jpeg_data(jpeg, 0xe1, kXmpHeader)); }

TEST(Metadata, XmpAndIptcAreKept) {
  const std::string xmp =
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><title>old wall</title></x:xmpmeta>";
  Bytes iptc =
      bytes_of({"Photoshop 3.0\0"
                "8BIM\x04\x04\0\0\0\0\0\x04"
                "IPTC",
                30});
  const Bytes jpeg = make_jpeg(colours(20, 20), {.segments = {xmp_segment(xmp), {0xed, iptc}}});
  const Bytes written = rewritten(jpeg, "out.jpg");
  EXPECT_EQ(xmp_of(written), xmp);
  EXPECT_EQ(jpeg_data(written, 0xed, ""), iptc);
  // PNG compresses XMP; a JPEG made from it shows the text.
  EXPECT_EQ(xmp_of(rewritten(rewritten(jpeg, "out.png"), "out.jpg")), xmp);
}

// XMP that is too long for one segment continues in others of another form. They are not the main
// XMP.
TEST(Metadata, ExtendedXmpDoesNotTakeThePlaceOfTheMainOne) {
  const std::string xmp =
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><title>old wall</title></x:xmpmeta>";
  const std::string extension = std::string("http://ns.adobe.com/xmp/extension/\0", 35) +
                                "0123456789ABCDEF0123456789ABCDEF" +
                                std::string("\0\0\1\0\0\0\0\0", 8) + "... old preview ...";
  const Bytes jpeg =
      make_jpeg(colours(20, 20), {.segments = {xmp_segment(xmp), {0xe1, bytes_of(extension)}}});
  const Bytes written = rewritten(jpeg, "out.jpg");
  EXPECT_EQ(xmp_of(written), xmp);
  EXPECT_FALSE(contains(written, bytes_of("old preview")));
}

// --- Previews of the old picture ---

const Bytes& old_thumbnail() {
  static const Bytes file = make_jpeg(uniform(160, 120, 10));
  return file;
}

Bytes photo_with_thumbnail(int orientation) {
  auto content = camera_tags();
  content.folders[testing::kMain].push_back(testing::exif_number(
      testing::kOrientation, testing::kShort, static_cast<unsigned>(orientation)));
  content.thumbnail = old_thumbnail();
  return make_jpeg(uniform(200, 150, 10), {.segments = {app1(make_exif(content))}});
}

TEST(Previews, TheExifThumbnailShowsTheNewPicture) {
  const TemporaryFolder folder;
  for (const int orientation : {1, 6}) {
    const Bytes file = photo_with_thumbnail(orientation);
    ASSERT_EQ(ExifReader(exif_of(file)).thumbnail(), old_thumbnail()) << "the test's own file";
    const Picture photo = read_bytes(file);
    const Image repaired = uniform(photo.image.width(), photo.image.height(), 240);
    for (const std::string name : {"out.jpg", "out.png"}) {
      SCOPED_TRACE(name + ", orientation " + std::to_string(orientation));
      write_picture(folder / name, repaired, photo, {});
      const Bytes written = get(folder / name);
      EXPECT_FALSE(contains(written, old_thumbnail()));
      const Bytes thumbnail = ExifReader(exif_of(written)).thumbnail();
      ASSERT_GT(thumbnail.size(), 100U);
      // As long as stated: from start of image to end of image.
      EXPECT_EQ(Bytes(thumbnail.begin(), thumbnail.begin() + 2), (Bytes{0xff, 0xd8}));
      EXPECT_EQ(Bytes(thumbnail.end() - 2, thumbnail.end()), (Bytes{0xff, 0xd9}));
      const Image shown = read_bytes(thumbnail).image;
      EXPECT_NEAR(mean(shown), 240, 3);
      EXPECT_EQ(shown.width(), orientation == 1 ? 160 : 120);
      EXPECT_EQ(shown.height(), orientation == 1 ? 120 : 160);
    }
  }
}

TEST(Previews, TheExifThumbnailIsMadeForEveryKindOfPicture) {
  auto content = camera_tags();
  content.thumbnail = old_thumbnail();
  const Bytes exif = make_exif(content);
  const std::pair<int, testing::PngColour> kinds[] = {
      {8, testing::kGrey},  {8, testing::kGreyAlpha},  {8, testing::kRgb},  {8, testing::kRgba},
      {16, testing::kGrey}, {16, testing::kGreyAlpha}, {16, testing::kRgb}, {16, testing::kRgba}};
  for (const auto& [bits, colour] : kinds) {
    for (const auto& [width, height] : {std::pair{30, 20}, {1, 5000}, {3000, 1}, {1, 1}}) {
      SCOPED_TRACE(std::to_string(bits) + " bits, colour type " + std::to_string(colour) + ", " +
                   std::to_string(width) + " x " + std::to_string(height));
      const int channels = colour == testing::kGrey        ? 1
                           : colour == testing::kGreyAlpha ? 2
                           : colour == testing::kRgb       ? 3
                                                           : 4;
      const Bytes row(static_cast<std::size_t>(width * channels * bits / 8), 0xff);
      const std::vector<Bytes> rows(static_cast<std::size_t>(height), row);
      const Bytes written =
          rewritten(make_png(width, bits, colour, rows, {{"eXIf", exif}}), "o.png");
      const Bytes thumbnail = ExifReader(exif_of(written)).thumbnail();
      EXPECT_NEAR(mean(read_bytes(thumbnail).image), 255, 2);
    }
  }
}

// --- Repaired JPEGs ---

/// The file of encode_picture() for a JPEG whose right half was filled with one value.
struct RepairedHalf {
  Bytes file;
  Picture source;
  std::vector<std::string> notes;
};

RepairedHalf repaired_half(const Bytes& file, int quality = 0) {
  RepairedHalf result{{}, read_bytes(file), {}};
  Image image = result.source.image;
  Mask replaced{image.width(), image.height(), Bytes(image.pixels())};
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    if (static_cast<int>(i) % image.width() < image.width() / 2) continue;
    replaced.missing[i] = 1;
    for (std::size_t c = 0; c < 3; ++c) image.bytes()[3 * i + c] = 240;
  }
  result.file =
      encode_picture(image, Format::jpeg, result.source,
                     {.quality = quality,
                      .replaced = &replaced,
                      .note = [&](const std::string& note) { result.notes.push_back(note); }},
                     "out.jpg");
  return result;
}

TEST(RepairedJpeg, KeepsItsOrientationAndGetsAThumbnailThatFits) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE("orientation " + std::to_string(orientation));
    const auto [file, source, notes] = repaired_half(photo_with_thumbnail(orientation));
    EXPECT_EQ(notes, std::vector<std::string>{"the EXIF thumbnail was replaced"});
    const ExifReader reader(exif_of(file));
    EXPECT_EQ(reader.value(testing::kMain, testing::kOrientation), orientation);
    const Picture again = read_bytes(file);
    ASSERT_EQ(again.image.width(), source.image.width());
    const int last = again.image.width() - 1;
    EXPECT_NEAR(again.image.bytes()[0], 10, 2);
    EXPECT_NEAR(again.image.bytes()[static_cast<std::size_t>(last) * 3], 240, 2);
    // The thumbnail has the picture's stored orientation: the same turn makes it upright.
    Image thumbnail = read_bytes(reader.thumbnail()).image;
    EXPECT_EQ(thumbnail.width() > thumbnail.height(), true) << "as the stored picture";
    thumbnail = turned(thumbnail, orientation);
    EXPECT_NEAR(thumbnail.bytes()[0], 10, 3);
    EXPECT_NEAR(thumbnail.bytes()[static_cast<std::size_t>(thumbnail.width() - 1) * 3], 240, 3);
    EXPECT_LE(reader.thumbnail().size(), old_thumbnail().size());
    EXPECT_FALSE(contains(file, old_thumbnail()));
  }
}

// Files with a maker note's preview, a Photoshop thumbnail, content credentials, a gain map, a
// depth map, a list of pictures and another picture after the first.
TEST(RepairedJpeg, HoldsTheNewPictureAndItsThumbnailAndNoOther) {
  for (const std::string name : {"baseline.jpg", "progressive.jpg"}) {
    SCOPED_TRACE(name);
    const auto [file, source, notes] = repaired_half(get(testing::data("jpeg/" + name)));
    EXPECT_EQ(notes.size(), 9U);
    std::size_t pictures = 0;
    for (std::size_t i = 2; i < file.size(); ++i) {
      if (file[i - 2] == 0xff && file[i - 1] == 0xd8 && file[i] == 0xff) ++pictures;
    }
    EXPECT_EQ(pictures, 2U);
    const ExifReader reader(exif_of(file));
    EXPECT_EQ(reader.value(testing::kMain, testing::kOrientation), 6);
    EXPECT_EQ(reader.text(testing::kPhoto, testing::kDateTimeOriginal), "2021:09:15 12:34:56");
    EXPECT_FALSE(reader.thumbnail().empty());
    const std::string xmp = xmp_of(file);
    EXPECT_TRUE(contains(xmp, "<dc:title>title</dc:title>"));
    EXPECT_FALSE(contains(xmp, "HasExtendedXMP"));
    EXPECT_FALSE(contains(xmp, "GainMap"));
    EXPECT_EQ(jpeg_data(file, 0xfe, ""), bytes_of("a comment"));
    EXPECT_TRUE(contains(text_of(jpeg_data(file, 0xed, "")), "IPTC"));
  }
}

TEST(RepairedJpeg, KeepsItsCommentUnlessItIsEncodedAgain) {
  const Bytes file =
      make_jpeg(colours(60, 40), {.quality = 88, .segments = {{0xfe, bytes_of("c")}}});
  EXPECT_EQ(jpeg_data(repaired_half(file).file, 0xfe, ""), bytes_of("c"));
  EXPECT_EQ(jpeg_quality(repaired_half(file, 50).file), 50);
}

TEST(RepairedJpeg, ThatCannotBeIsEncodedAgain) {
  const RepairedHalf result = repaired_half(make_jpeg(colours(60, 40), {.arithmetic = true}));
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_TRUE(contains(result.notes[0], "arithmetic"));
  EXPECT_NEAR(read_bytes(result.file).image.bytes()[59 * 3], 240, 4);
}

TEST(Previews, APhotoWithoutAThumbnailGetsNone) {
  const Bytes jpeg = make_jpeg(colours(400, 300), {.segments = {app1(make_exif(camera_tags()))}});
  EXPECT_TRUE(ExifReader(exif_of(rewritten(jpeg, "out.jpg"))).thumbnail().empty());
}

TEST(Previews, PhotoshopAndXmpThumbnailsAreDropped) {
  Bytes resources =
      bytes_of({"Photoshop 3.0\0"
                "8BIM\x04\x0c\0\0\0\0\0\x0c"
                "old preview!",
                38});
  const std::string xmp =
      "<x:xmpmeta><xmp:Thumbnails>old preview!</xmp:Thumbnails><title>t</title></x:xmpmeta>";
  const Bytes jpeg =
      make_jpeg(colours(20, 20), {.segments = {xmp_segment(xmp), {0xed, resources}}});
  ASSERT_TRUE(contains(jpeg, bytes_of("old preview!")));
  const std::string kept = "<x:xmpmeta><title>t</title></x:xmpmeta>";
  EXPECT_EQ(xmp_of(rewritten(jpeg, "out.jpg")), kept);
  EXPECT_FALSE(contains(rewritten(jpeg, "out.jpg"), bytes_of("old preview!")));
  EXPECT_EQ(xmp_of(rewritten(rewritten(jpeg, "out.png"), "out.jpg")), kept);
}

TEST(Previews, AMakerNoteIsDroppedWithItsPreviewAndElseKept) {
  const auto with_note = [](const Bytes& note) {
    auto content = camera_tags();
    content.folders[testing::kPhoto].push_back({testing::kMakerNote, testing::kUndefined, note});
    content.thumbnail = old_thumbnail();
    return make_jpeg(colours(20, 20), {.segments = {app1(make_exif(content))}});
  };
  Bytes preview = bytes_of("maker: ");
  append(preview, make_jpeg(uniform(64, 64, 10)));
  for (const std::string name : {"out.jpg", "out.png"}) {
    const ExifReader dropped(exif_of(rewritten(with_note(preview), name)));
    EXPECT_FALSE(dropped.find(testing::kPhoto, testing::kMakerNote).has_value()) << name;
    EXPECT_FALSE(contains(dropped.block(), preview)) << name;
    EXPECT_EQ(dropped.text(testing::kMain, testing::kMake), "Camera Works") << name;

    const Bytes plain = bytes_of("maker: serial number 42");
    const ExifReader kept(exif_of(rewritten(with_note(plain), name)));
    EXPECT_EQ(kept.find(testing::kPhoto, testing::kMakerNote), plain) << name;
  }
}

// ImageMagick stores EXIF as hexadecimal text, thumbnail included, and readers find it there.
TEST(Previews, ExifInPngTextIsDropped) {
  const PngChunk text{"tEXt", bytes_of({"Raw profile type exif\0\nexif\n4\nffd8ffdb\n", 40})};
  const Bytes png = make_png(1, 8, testing::kGrey, {{9}}, {text});
  EXPECT_TRUE(png_texts(rewritten(png, "out.png")).empty());
}

// A second picture after the first (MPF, motion photos) was not repaired.
TEST(Previews, DataAfterThePictureIsDropped) {
  Bytes jpeg = make_jpeg(colours(64, 48));
  append(jpeg, old_thumbnail());
  EXPECT_FALSE(contains(rewritten(jpeg, "out.jpg"), old_thumbnail()));
}

// --- Refused files ---

std::string reading_error(const Bytes& bytes) {
  const TemporaryFolder folder;
  const fs::path path = folder / "file.jpg";
  put(path, bytes);
  const std::string error = error_of([&] { read_picture(path, "photo"); });
  EXPECT_TRUE(error.starts_with(path.string() + ": ")) << error;
  EXPECT_TRUE(contains(error, "(photo)")) << error;
  return error;
}

TEST(ReadPicture, RefusesFilesThatAreNotPictures) {
  const TemporaryFolder folder;
  for (const fs::path& path : {folder / "missing.png", folder.path()}) {
    const std::string error = error_of([&] { read_picture(path, "mask"); });
    EXPECT_TRUE(error.starts_with(path.string() + ": ")) << error;
    EXPECT_TRUE(contains(error, "(mask)")) << error;
  }
}

TEST(ReadPicture, RefusesOtherFormats) {
  EXPECT_TRUE(contains(reading_error({}), "the file is empty (photo)"));
  Bytes cut = get(testing::data("pictures/heif8.heic"));
  cut.resize(cut.size() / 2);
  EXPECT_TRUE(contains(reading_error(cut), "the HEIF data ends too early: copy or download it"))
      << reading_error(cut);
  const std::string files[] = {
      "x",
      "just some text\n",
      std::string(10000, '\0'),
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>",
      std::string("BM\x3a\0\0\0\0\0\0\0\x36\0\0\0", 14),
      "P7\nWIDTH 1\n",
      "%PDF-1.4\n"};
  for (const std::string& file : files) {
    EXPECT_TRUE(
        contains(reading_error(bytes_of(file)), "not a JPEG, PNG, WebP, TIFF, HEIF, AVIF, GIF"))
        << file;
  }
}

/// A picture of tests/data/pictures with another number in a tag of its first directory.
Bytes with_tiff_tag(const std::string& name, int tag, std::uint8_t number) {
  Bytes file = get(testing::data("pictures/" + name));
  const TiffReader reader(file);
  const TiffTag* found = find_tag(reader.pages().at(0), tag);
  if (found == nullptr || found->type != 3 || reader.big_endian()) throw std::runtime_error(name);
  const std::size_t at = found->at, count = found->count;
  for (std::size_t i = 0; i < count; ++i) {
    file[at + 2 * i] = number;
    file[at + 2 * i + 1] = 0;
  }
  return file;
}

TEST(ReadPicture, CallsKindsThatItDoesNotReadUnsupportedAndNotDamaged) {
  constexpr int kBits = 258, kFormat = 339;
  for (const Bytes& file :
       {with_tiff_tag("tiff_float.tif", kBits, 16), with_tiff_tag("tiff_float.tif", kBits, 64),
        with_tiff_tag("tiff_float.tif", kFormat, 6),
        with_tiff_tag("tiff_rgb8_lzw.tif", kBits, 64)}) {
    EXPECT_TRUE(contains(reading_error(file),
                         "cannot be used: its samples are neither 8- or 16-bit whole numbers nor "
                         "32-bit floats (photo)"))
        << reading_error(file);
  }
  const auto expect_unsupported = [](const Bytes& file, const std::string& format) {
    const std::string error = reading_error(file);
    EXPECT_TRUE(contains(error, "cannot be used: this kind of " + format + " is not supported ("))
        << error;
    EXPECT_FALSE(contains(error, "damaged")) << error;
  };
  expect_unsupported(with_tiff_tag("tiff_rgb8_lzw.tif", kBits, 12), "TIFF");
  constexpr int kCompression = 259, kPlanes = 284;
  expect_unsupported(with_tiff_tag("tiff_rgb8_lzw.tif", kCompression, 99), "TIFF");
  expect_unsupported(with_tiff_tag("tiff_rgb8_tiled.tif", kPlanes, 2), "TIFF");
  Bytes jpeg = make_jpeg(colours(20, 10));
  const Bytes frame = {0xff, 0xc0};
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  ASSERT_NE(at, jpeg.end());
  at[4] = 12;  // bits
  expect_unsupported(jpeg, "JPEG");
  at[4] = 8;
  at[1] = 0xcb;  // lossless with arithmetic coding
  expect_unsupported(jpeg, "JPEG");
}

TEST(ReadPicture, RefusesATruncatedJpeg) {
  for (const bool progressive : {false, true}) {
    const Bytes file = make_jpeg(colours(200, 150), {.progressive = progressive});
    for (std::size_t size = 3; size < file.size(); size += size < 700 ? 7 : 97) {
      reading_error(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    }
  }
}

// libvips decodes in threads; the result must not depend on which of them meets the damage. Two
// readers at once make the threads meet in many orders.
TEST(ReadPicture, RefusesATruncatedPictureEveryTime) {
  const TemporaryFolder folder;
  const Bytes file = make_jpeg(colours(200, 150));
  put(folder / "cut.jpg", {file.begin(), file.end() - 200});
  std::atomic<int> accepted{0};
  const auto read_often = [&] {
    for (int i = 0; i < 300; ++i) {
      try {
        read_picture(folder / "cut.jpg", "photo");
        ++accepted;
      } catch (const Error&) {
        continue;
      }
    }
  };
  std::thread other(read_often);
  read_often();
  other.join();
  EXPECT_EQ(accepted, 0);
}

TEST(ReadPicture, RefusesATruncatedPng) {
  const Bytes file = get(testing::data("published/odd_mask.png"));
  // The last 12 bytes are an end mark without content, and 4 of the 12 before a checksum.
  for (std::size_t size = 8; size < file.size() - 12; size += 11) {
    reading_error(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST(ReadPicture, RefusesAPngWithAWrongChecksum) {
  const Bytes file = make_png(3, 8, testing::kGrey, {{1, 2, 3}, {4, 5, 6}});
  const auto header = 8 + 8, pixels = 8 + 25 + 8;
  for (const int at : {header + 13, pixels + 10, static_cast<int>(file.size()) - 13}) {
    Bytes damaged = file;
    damaged[static_cast<std::size_t>(at)] ^= 1;
    reading_error(damaged);
  }
}

TEST(ReadPicture, EndsAtAnyDamagedByteOfAPng) {
  const Bytes file = get(testing::data("published/odd_mask.png"));
  const TemporaryFolder folder;
  // Except the end mark, which has no content.
  for (std::size_t i = 0; i < file.size() - 12; i += 7) {
    Bytes damaged = file;
    damaged[i] ^= 0x55;
    put(folder / "file", damaged);
    EXPECT_THROW(read_picture(folder / "file", "photo"), Error) << "byte " << i;
  }
}

TEST(ReadPicture, SurvivesAnyDamagedByteOfAJpeg) {
  const Bytes file = photo_with_thumbnail(1);
  const TemporaryFolder folder;
  for (std::size_t i = 0; i < std::min<std::size_t>(file.size(), 1200); i += 11) {
    Bytes damaged = file;
    damaged[i] ^= 0x55;
    put(folder / "file", damaged);
    try {
      const Picture picture = read_picture(folder / "file", "photo");
      write_picture(folder / "out.jpg", uniform(40, 30, 7), picture, {});
      EXPECT_FALSE(contains(get(folder / "out.jpg"), old_thumbnail())) << "byte " << i;
    } catch (const Error&) {
      continue;  // a refusal is also fine
    }
  }
}

TEST(ReadPicture, RefusesMorePixelsThanFitIntoMemory) {
  const Bytes file = testing::png_file({testing::png_header(1000000, 1000000, 16, testing::kRgba),
                                        {"IDAT", testing::stored(Bytes(100))},
                                        {"IEND", {}}});
  EXPECT_TRUE(contains(reading_error(file), "1000000 x 1000000"));
}

TEST(ReadPicture, ErrorsDoNotRepeatEarlierOnes) {
  const Bytes png = get(testing::data("published/odd_mask.png"));
  const Bytes jpeg = make_jpeg(colours(64, 48));
  const auto cut = [](const Bytes& file) { return Bytes(file.begin(), file.begin() + 500); };
  // The file's name differs from run to run.
  const auto after_name = [](const std::string& error) { return error.substr(error.find(": ")); };
  const std::string first = after_name(reading_error(cut(jpeg)));
  reading_error(cut(png));
  EXPECT_EQ(after_name(reading_error(cut(jpeg))), first);
}

TEST(WritePicture, RefusesAJpegWithAlpha) {
  const TemporaryFolder folder;
  for (const auto colour : {testing::kGreyAlpha, testing::kRgba}) {
    const Picture picture =
        read_bytes(make_png(1, 8, colour, {colour == testing::kRgba ? Bytes(4) : Bytes(2)}));
    const std::string error =
        error_of([&] { write_picture(folder / "out.jpg", picture.image, picture, {}); });
    EXPECT_TRUE(error.starts_with((folder / "out.jpg").string())) << error;
    EXPECT_TRUE(contains(error, "transparency")) << error;
  }
  EXPECT_EQ(folder.entries(), 0);
}

TEST(WritePicture, ReportsABadPath) {
  const TemporaryFolder folder;
  const Picture picture = read_bytes(make_png(1, 8, testing::kGrey, {{9}}));
  for (const std::string name : {"out.gif", "out", "no/out.png", "out.png.txt"}) {
    const std::string error =
        error_of([&] { write_picture(folder / name, picture.image, picture, {}); });
    EXPECT_TRUE(error.starts_with((folder / name).string())) << error;
  }
  EXPECT_EQ(folder.entries(), 0);
}

TEST(WritePicture, ReplacesItsOwnSource) {
  const TemporaryFolder folder;
  for (const std::string name : {"photo.jpg", "photo.png"}) {
    put(folder / name, name == "photo.jpg" ? photo_with_thumbnail(1)
                                           : make_png(3, 8, testing::kGrey, {{1, 2, 3}}));
    const Picture photo = read_picture(folder / name, "photo");
    Image repaired = photo.image;
    std::fill(repaired.bytes().begin(), repaired.bytes().end(), 240);
    write_picture(folder / name, repaired, photo, {});
    EXPECT_NEAR(mean(read_picture(folder / name, "photo").image), 240, 1);
  }
  EXPECT_EQ(folder.entries(), 2);
}

// The decoder keeps all coefficients, beside libvips's pixels and ours: together four times the
// pixels. An early version began and took all memory of the machine.
TEST(PictureMemoryDeathTest, AProgressiveJpegIsRefusedBeforeItIsDecoded) {
#ifdef LAMA_SANITIZED
  GTEST_SKIP() << "a sanitizer maps more";
#endif
  const Bytes jpeg = make_jpeg(Image(3000, 3000, 3, Depth::u8), {.progressive = true});
  const auto limited = [&jpeg] {
    read_bytes(make_png(1, 8, testing::kGrey, {{9}}));  // starts libvips
    limit_memory(3 * 3000 * 3000 * 3);
    const std::size_t before = peak_memory();
    try {
      read_picture(jpeg, "in.jpg", "photo");
    } catch (const OutOfMemory&) {
      std::_Exit(peak_memory() - before < (20 << 20) ? 0 : 1);
    }
    std::_Exit(2);
  };
  EXPECT_EXIT(limited(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace lama::internal::codecs

// Pictures of all formats from file to file: samples, form, colours and metadata.
#include "codecs/encode.h"

#include <random>
#include <vips/vips8>

#include "codecs/container.h"
#include "codecs/metadata.h"
#include "codecs/tiff_directory.h"
#include "tests/codecs/exif.h"
#include "tests/codecs/fixtures.h"
#include "tests/codecs/png_file.h"

namespace lama::internal::codecs {
namespace {

using testing::append;
using testing::beside;
using testing::Bytes;
using testing::error_of;
using testing::ExifReader;
using testing::largest_difference;
using testing::picture_file;
using testing::read_bytes;
using testing::read_fixture;
using testing::rewritten;

constexpr Format kFormats[] = {Format::jpeg, Format::png,  Format::webp,
                               Format::tiff, Format::heif, Format::avif};

struct Stored {
  const char* name;
  Format format;
  ColourModel model;
  bool alpha;
  Depth depth;
  bool lossless;
  double tolerance = 0;  ///< of samples, where decoders may differ

  friend void PrintTo(const Stored& stored, std::ostream* out) { *out << stored.name; }
};

constexpr auto kGrey = ColourModel::grey;
constexpr auto kRgb = ColourModel::rgb;
constexpr auto kCmyk = ColourModel::cmyk;
constexpr auto k8 = Depth::u8;
constexpr auto k16 = Depth::u16;
constexpr auto kFloat = Depth::f32;

const Stored kStored[] = {
    {"png_grey1.png", Format::png, kGrey, false, k8, true},
    {"png_grey2.png", Format::png, kGrey, false, k8, true},
    {"png_grey4.png", Format::png, kGrey, false, k8, true},
    {"png_grey_alpha16.png", Format::png, kGrey, true, k16, true},
    {"png_palette_alpha.png", Format::png, kRgb, true, k8, true},
    {"png_p3.png", Format::png, kRgb, false, k8, true},
    {"png_grey22.png", Format::png, kGrey, false, k8, true},
    {"png_prophoto16.png", Format::png, kRgb, false, k16, true},
    {"png_chunks_adobe.png", Format::png, kRgb, false, k8, true},
    {"tiff_grey8.tif", Format::tiff, kGrey, false, k8, true},
    {"tiff_bilevel.tif", Format::tiff, kGrey, false, k8, true},
    {"tiff_white_is_zero.tif", Format::tiff, kGrey, false, k8, true},
    {"tiff_palette.tif", Format::tiff, kRgb, false, k8, true},
    {"tiff_rgb8_lzw.tif", Format::tiff, kRgb, false, k8, true},
    {"tiff_rgb8_tiled.tif", Format::tiff, kRgb, false, k8, true},
    {"tiff_bigtiff.tif", Format::tiff, kRgb, false, k8, true},
    {"tiff_preview.tif", Format::tiff, kRgb, false, k8, true},
    {"tiff_exif.tif", Format::tiff, kRgb, false, k8, true},
    {"tiff_rgb16_deflate.tif", Format::tiff, kRgb, false, k16, true},
    {"tiff_rgb16_planar.tif", Format::tiff, kRgb, false, k16, true},
    {"tiff_prophoto16.tif", Format::tiff, kRgb, false, k16, true},
    {"tiff_linear16.tif", Format::tiff, kRgb, false, k16, true},
    {"tiff_rgba8.tif", Format::tiff, kRgb, true, k8, true},
    {"tiff_float.tif", Format::tiff, kRgb, false, kFloat, true},
    {"tiff_float_grey.tif", Format::tiff, kGrey, false, kFloat, true},
    {"tiff_cmyk.tif", Format::tiff, kCmyk, false, k8, true},
    {"tiff_cmyk16_bare.tif", Format::tiff, kCmyk, false, k16, true},
    {"webp_lossless.webp", Format::webp, kRgb, false, k8, true},
    {"webp_alpha.webp", Format::webp, kRgb, true, k8, true},
    {"webp_p3.webp", Format::webp, kRgb, false, k8, true},
    // Pillow's decoders are newer; these are the possible differences of colour conversions, in
    // steps.
    {"webp_lossy.webp", Format::webp, kRgb, false, k8, false, 2},
    {"jpeg_cmyk.jpg", Format::jpeg, kCmyk, false, k8, false, 2},
    {"jpeg_p3.jpg", Format::jpeg, kRgb, false, k8, false, 2},
    {"avif8.avif", Format::avif, kRgb, false, k8, false, 2},
    {"avif_alpha.avif", Format::avif, kRgb, true, k8, false, 2},
    {"avif10.avif", Format::avif, kRgb, false, k16, false, 130},
    {"heif8.heic", Format::heif, kRgb, false, k8, false, 2},
    {"heif10.heic", Format::heif, kRgb, false, k16, false, 130},
    {"heif12.heic", Format::heif, kRgb, false, k16, false, 33},
    {"heif_turned.heic", Format::heif, kRgb, false, k8, false, 2},
    {"gif.gif", Format::gif, kRgb, false, k8, true},
    {"gif_alpha.gif", Format::gif, kRgb, true, k8, true},
    {"gif_animated.gif", Format::gif, kRgb, false, k8, true},
    {"jp2_rgb8.jp2", Format::jp2, kRgb, false, k8, false},
    {"jp2_rgba8.jp2", Format::jp2, kRgb, true, k8, false},
    {"jp2_rgb16.j2k", Format::jp2, kRgb, false, k16, false},
    {"jp2_grey12.jp2", Format::jp2, kGrey, false, k16, false, 1},
    {"jxl_rgb8.jxl", Format::jxl, kRgb, false, k8, false},
    {"jxl_rgba8.jxl", Format::jxl, kRgb, true, k8, false},
    {"jxl_grey16.jxl", Format::jxl, kGrey, false, k16, false},
    {"pnm.ppm", Format::pnm, kRgb, false, k8, true},
    {"pnm_grey10.pgm", Format::pnm, kGrey, false, k16, true},
    {"pnm_text.ppm", Format::pnm, kRgb, false, k8, true},
    {"pnm_bilevel.pbm", Format::pnm, kGrey, false, k8, true},
    {"bmp.bmp", Format::bmp, kRgb, false, k8, true},
    {"bmp_palette.bmp", Format::bmp, kRgb, false, k8, true},
    {"bmp_bilevel.bmp", Format::bmp, kRgb, false, k8, true},
    {"bmp_alpha.bmp", Format::bmp, kRgb, true, k8, true},
    {"bmp_565.bmp", Format::bmp, kRgb, false, k8, true},
};

class StoredPicture : public ::testing::TestWithParam<Stored> {};

TEST_P(StoredPicture, HasItsWritersSamples) {
  const Stored& stored = GetParam();
  const Picture picture = read_fixture(stored.name);
  EXPECT_EQ(picture.format, stored.format);
  EXPECT_EQ(picture.image.colour_model(), stored.model);
  EXPECT_EQ(picture.image.has_alpha(), stored.alpha);
  EXPECT_EQ(picture.image.depth(), stored.depth);
  EXPECT_EQ(picture.lossless, stored.lossless);
  EXPECT_EQ(*picture.file, read_file(picture_file(stored.name), SIZE_MAX));
  EXPECT_LE(largest_difference(picture.image, beside(stored.name, ".raw")), stored.tolerance);
}

// Lossless formats hold samples exactly.
TEST_P(StoredPicture, KeepsItsSamplesInLosslessFormats) {
  const Picture picture = read_fixture(GetParam().name);
  for (const Format format : {Format::png, Format::tiff, Format::webp}) {
    if (format == Format::webp && (!picture.lossless || picture.image.depth() != k8)) continue;
    if (format == Format::png && picture.image.depth() == kFloat) continue;
    try {
      require_holds(format, picture.image, picture, "");
    } catch (const Error&) {
      continue;
    }
    SCOPED_TRACE(name_of(format));
    const Picture again = rewritten(picture, format);
    EXPECT_EQ(again.format, format);
    EXPECT_EQ(again.image.has_alpha(), picture.image.has_alpha());
    EXPECT_EQ(again.image.depth(), picture.image.depth());
    EXPECT_EQ(again.lossless, true);
    if (format == Format::webp && picture.image.colour_model() == kGrey) {
      ASSERT_EQ(again.image.colour_model(), kRgb);  // WebP has no grey
      for (std::size_t i = 0; i < again.image.pixels(); ++i) {
        ASSERT_EQ(again.image.bytes()[3 * i + 1], picture.image.bytes()[i]);
      }
      continue;
    }
    EXPECT_EQ(again.image.colour_model(), picture.image.colour_model());
    EXPECT_TRUE(again.image.bytes() == picture.image.bytes());
  }
}

TEST_P(StoredPicture, KeepsItsSamplesNearlyInLossyFormats) {
  // These palettes jump from pixel to pixel, and WebP and HEIF have half the colour resolution.
  if (std::string(GetParam().name).find("palette") != std::string::npos) return;
  const Picture picture = read_fixture(GetParam().name);
  for (const Format format : {Format::jpeg, Format::webp, Format::heif, Format::avif}) {
    try {
      require_holds(format, picture.image, picture, "");
    } catch (const Error&) {
      continue;
    }
    SCOPED_TRACE(name_of(format));
    const Picture again = rewritten(picture, format, {.quality = 98});
    EXPECT_EQ(again.image.has_alpha(), picture.image.has_alpha());
    const auto in = static_cast<std::size_t>(picture.image.channels());
    const auto out = static_cast<std::size_t>(again.image.channels());
    ASSERT_GE(out, in);
    double sum = 0;
    const auto value = [](const Image& image, std::size_t i) {
      return visit_samples(image, [&](const auto* samples) {
        return std::clamp(static_cast<double>(samples[i]) / image.max_value(), 0.0, 1.0);
      });
    };
    for (std::size_t i = 0; i < again.image.pixels(); ++i) {
      sum += std::abs(value(again.image, i * out) - value(picture.image, i * in));
    }
    // The mean: at the edges of a 24-pixel picture 4:2:0 smears much.
    EXPECT_LT(sum / static_cast<double>(again.image.pixels()), 0.05);
  }
}

INSTANTIATE_TEST_SUITE_P(All, StoredPicture, ::testing::ValuesIn(kStored), [](const auto& stored) {
  std::string name = stored.param.name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(Depth, HeifKeepsItsBitsAndAvifHas12) {
  for (const auto& [name, bits] :
       {std::pair{"avif10.avif", 12}, {"heif10.heic", 10}, {"heif12.heic", 12}}) {
    const Picture picture = read_fixture(name);
    const auto file =
        encode_picture(picture.image, picture.format, picture, {.quality = 100}, "out");
    EXPECT_EQ(vips::VImage::new_from_buffer(file.data(), file.size(), "").get_int("heif-bitdepth"),
              bits)
        << name;
    // White stays white, and black black.
    Image extremes(2, 1, kRgb, false, k16);
    std::fill_n(extremes.samples<std::uint16_t>(), 3, 65535);
    Picture wide;
    wide.metadata = picture.metadata;
    wide.format = picture.format;
    const Image again =
        read_bytes(encode_picture(extremes, picture.format, wide, {.quality = 100}, "out")).image;
    EXPECT_GT(again.samples<std::uint16_t>()[0], 65535 * 0.98) << name;
  }
}

TEST(Depth, NarrowingRoundsWithANote) {
  const Picture picture = read_fixture("tiff_rgb16_deflate.tif");
  std::string told;
  const auto note = [&told](const std::string& text) { told += text; };
  Picture lossless = picture;
  const Image narrow = rewritten(lossless, Format::webp, {.note = note}).image;
  EXPECT_NE(told.find("8 bits"), std::string::npos) << told;
  for (std::size_t i = 0; i < narrow.bytes().size(); ++i) {
    ASSERT_EQ(narrow.bytes()[i], (picture.image.samples<std::uint16_t>()[i] + 128) / 257) << i;
  }
}

TEST(Depth, FloatsBecome16BitsInPng) {
  const Picture picture = read_fixture("tiff_float.tif");
  const Picture again = rewritten(picture, Format::png);
  ASSERT_EQ(again.image.depth(), k16);
  for (std::size_t i = 0; i < again.image.pixels() * 3; ++i) {
    ASSERT_NEAR(again.image.samples<std::uint16_t>()[i],
                65535.0 * picture.image.samples<float>()[i], 0.51);
  }
  EXPECT_NE(again.colour, nullptr) << "still linear light";
}

// --- What a format cannot hold ---

TEST(Holds, SuggestsAnotherFormat) {
  const auto error = [](const char* name, Format format) {
    const Picture picture = read_fixture(name);
    return error_of([&] { encode_picture(picture.image, format, picture, {}, "out"); });
  };
  for (const Format format : {Format::png, Format::webp, Format::heif, Format::avif}) {
    EXPECT_NE(error("tiff_cmyk.tif", format).find("CMYK"), std::string::npos);
  }
  EXPECT_NE(error("tiff_rgba8.tif", Format::jpeg).find("transparency"), std::string::npos);
  EXPECT_NE(error("png_grey22.png", Format::webp).find("grey"), std::string::npos);
  Picture wide;
  wide.image = Image(20000, 20, 3, Depth::u8);
  wide.metadata = read_fixture("png_grey1.png").metadata;
  for (const Format format : {Format::webp, Format::heif, Format::avif}) {
    const std::string text = error_of([&] { encode_picture(wide.image, format, wide, {}, "out"); });
    EXPECT_NE(text.find("20000 x 20: write a .png"), std::string::npos) << text;
  }
}

TEST(Holds, TheLargestSidesThatItPromises) {
  for (const auto& limit : {std::pair{Format::jpeg, 65500},
                            {Format::webp, 16383},
                            {Format::heif, 16384},
                            {Format::avif, 16384}}) {
    const Format format = limit.first;
    const int most = limit.second;
    Picture line;
    // x265 refuses longer strips than this.
    line.image = Image(most, format == Format::heif ? 64 : 1, 3, Depth::u8);
    EXPECT_EQ(rewritten(line, format).image.width(), most) << name_of(format);
    const Image longer(most + 1, 1, 3, Depth::u8);
    const std::string text = error_of([&] { encode_picture(longer, format, line, {}, "out"); });
    EXPECT_NE(text.find("at most " + std::to_string(most)), std::string::npos) << text;
  }
}

TEST(Holds, OnePictureOfSeveralIsRefused) {
  for (const std::string name : {"tiff_two_pages.tif", "heif_two.heic"}) {
    const std::string error = error_of([&] { read_fixture(name); });
    EXPECT_NE(error.find("2 pictures"), std::string::npos) << error;
  }
  for (const std::string name :
       {"webp_animated.webp", "png_animated.png", "avif_animated.avif", "jxl_animated.jxl"}) {
    const std::string error = error_of([&] { read_fixture(name); });
    EXPECT_NE(error.find("animated"), std::string::npos) << error;
  }
}

TEST(Holds, HdrIsRefused) {
  const std::string error = error_of([] { read_fixture("png_cicp_pq.png"); });
  EXPECT_NE(error.find("PQ"), std::string::npos) << error;
  // Other statements are for programs that do not know cICP, before it too.
  const testing::PngChunk srgb{"sRGB", {0}}, pq{"cICP", {9, 16, 0, 1}};
  for (const auto& chunks : {std::vector{srgb, pq}, {pq, srgb}}) {
    const Bytes png = testing::make_png(1, 8, testing::kRgb, {{1, 2, 3}}, chunks);
    EXPECT_THROW(read_bytes(png), Error);
  }
}

// Encoders differ, but none may leave a file without a picture.
TEST(Holds, AStripThatTheEncoderOfHeifRefusesIsAnError) {
  Picture strip;
  strip.image = Image(16384, 3, 3, Depth::u8);
  try {
    EXPECT_EQ(rewritten(strip, Format::heif).image.width(), 16384);
  } catch (const Error& error) {
    // In our words, or in those of a later libheif.
    EXPECT_NE(std::string(error.what()).find("cannot encode: "), std::string::npos) << error.what();
  }
}

// --- Colours ---

Bytes profile_of(const Bytes& file) {
  const auto image = vips::VImage::new_from_buffer(file.data(), file.size(), "");
  if (image.get_typeof(VIPS_META_ICC_NAME) == 0) return {};
  std::size_t size = 0;
  const auto* data = static_cast<const std::uint8_t*>(image.get_blob(VIPS_META_ICC_NAME, &size));
  return {data, data + size};
}

TEST(Profile, KeepsItsBytesInEveryFormat) {
  for (const std::string name :
       {"png_p3.png", "jpeg_p3.jpg", "webp_p3.webp", "tiff_prophoto16.tif"}) {
    const Picture picture = read_fixture(name);
    const Bytes profile = profile_of(*picture.file);
    ASSERT_FALSE(profile.empty());
    for (const Format format : kFormats) {
      EXPECT_TRUE(profile_of(encode_picture(picture.image, format, picture, {}, "out")) == profile)
          << name << " as " << name_of(format);
    }
  }
  const Picture ink = read_fixture("jpeg_cmyk.jpg");
  EXPECT_TRUE(profile_of(encode_picture(ink.image, Format::tiff, ink, {}, "out")) ==
              profile_of(*ink.file));
}

TEST(Profile, IsMadeFromOtherStatementsOfColour) {
  const Picture reference = read_fixture("png_p3.png");
  const Image srgb = reference.colour->to_srgb(reference.image);
  for (const std::string name : {"png_cicp_p3.png", "avif_nclx_p3.avif"}) {
    const Picture picture = read_fixture(name);
    ASSERT_NE(picture.colour, nullptr) << name;
    ASSERT_EQ(picture.notes.size(), 1U);
    EXPECT_NE(picture.notes[0].find("Display P3"), std::string::npos);
    Image same = reference.image;
    const Image converted = picture.colour->to_srgb(same);
    for (std::size_t i = 0; i < converted.pixels() * 3; ++i) {
      ASSERT_NEAR(converted.samples<std::uint16_t>()[i], srgb.samples<std::uint16_t>()[i], 300);
    }
    // The written file has the same colours, although it has no such chunk.
    for (const Format format : kFormats) {
      EXPECT_NE(rewritten(picture, format).colour, nullptr) << name_of(format);
    }
  }
  const Picture adobe = read_fixture("png_adobe.png"),
                chunks = read_fixture("png_chunks_adobe.png");
  const Image a = adobe.colour->to_srgb(adobe.image), b = chunks.colour->to_srgb(adobe.image);
  // 45472 stands for sRGB's curve, Adobe's is a power of 2.2: they differ only in the dark.
  for (std::size_t i = 0; i < a.pixels() * 3; ++i) {
    ASSERT_NEAR(a.samples<std::uint16_t>()[i], b.samples<std::uint16_t>()[i], 3500) << i;
  }
}

TEST(Profile, ABrokenOneIsKeptWithANote) {
  const Picture picture = read_fixture("webp_p3.webp");
  Bytes file = *picture.file;
  const std::string magic = "acsp";
  *std::search(file.begin(), file.end(), magic.begin(), magic.end()) = 'x';
  const Picture broken = read_bytes(file);
  EXPECT_EQ(broken.colour, nullptr);
  ASSERT_EQ(broken.notes.size(), 1U);
  EXPECT_NE(broken.notes[0].find("profile is not used"), std::string::npos) << broken.notes[0];
  for (const Format format : kFormats) rewritten(broken, format);
}

// Without Adobe's mark files store ink directly (ITU-T T.86 has no other way).
TEST(Ink, OfAJpegWithoutAdobesMarkIsNotInverted) {
  const Picture adobe = read_fixture("jpeg_cmyk.jpg");
  Bytes file = *adobe.file;
  const std::string mark = "Adobe";
  *std::search(file.begin(), file.end(), mark.begin(), mark.end()) = 'x';
  const Picture plain = read_bytes(file);
  for (std::size_t i = 0; i < plain.image.bytes().size(); ++i) {
    ASSERT_EQ(plain.image.bytes()[i], 255 - adobe.image.bytes()[i]) << i;
  }
}

// --- TIFF ---

Bytes as_tiff(const Picture& picture) {
  return encode_picture(picture.image, Format::tiff, picture, {}, "out");
}

TEST(Tiff, KeepsCompressionAndTiles) {
  for (const auto& [name, compression] : {std::pair{"tiff_grey8.tif", 1},
                                          {"tiff_rgb8_lzw.tif", 5},
                                          {"tiff_rgba8.tif", 32773},
                                          {"tiff_rgb8_tiled.tif", 50000},
                                          {"tiff_rgb16_deflate.tif", 8}}) {
    const TiffForm form = read_container(as_tiff(read_fixture(name)), Format::tiff).tiff;
    EXPECT_EQ(form.compression, compression) << name;
    EXPECT_EQ(form.tile_width, std::string(name) == "tiff_rgb8_tiled.tif" ? 16 : 0) << name;
  }
}

TEST(Tiff, TilesThatLibvipsDoesNotWriteBecomeStrips) {
  const Picture tiled = read_fixture("tiff_rgb8_tiled.tif");
  for (const auto& [width, height] : {std::pair{100, 100}, {16, 100}, {24, 16}, {4112, 16}}) {
    auto metadata = std::make_shared<Metadata>(*tiled.metadata);
    metadata->tiff.tile_width = width;
    metadata->tiff.tile_height = height;
    Picture picture = tiled;
    picture.metadata = std::move(metadata);
    EXPECT_EQ(read_container(as_tiff(picture), Format::tiff).tiff.tile_width, 0)
        << width << " x " << height;
  }
}

// Without the format's filters this PNG takes eight tenths of its samples' bytes.
TEST(Png, PacksAPhotographWithFilters) {
  constexpr int kSide = 256;
  Image image(kSide, kSide, 3, k8);
  std::minstd_rand noise(1);
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    const std::size_t x = i / 3 % kSide, y = i / 3 / kSide;
    image.bytes()[i] = static_cast<std::uint8_t>((x + y) / 3 + 20 * (i % 3) + noise() % 8);
  }
  const Bytes png = encode_picture(image, Format::png, read_fixture("png_p3.png"), {}, "out");
  EXPECT_LT(png.size(), image.bytes().size() * 6 / 10);
  EXPECT_TRUE(read_bytes(png).image.bytes() == image.bytes());
}

// The stored products of colour and alpha, bit for bit.
TEST(Tiff, AssociatedAlphaStaysAndKeepsItsSamples) {
  for (const std::string name : {"tiff_associated8.tif", "tiff_associated16.tif"}) {
    const Picture picture = read_fixture(name);
    EXPECT_NE(picture.image.bytes(), beside(name, ".raw")) << "divided for the network";
    Bytes written = as_tiff(picture);
    EXPECT_TRUE(read_container(written, Format::tiff).tiff.associated_alpha);
    set_associated_alpha(written, false);
    EXPECT_TRUE(read_bytes(written).image.bytes() == beside(name, ".raw")) << name;
    // Other formats multiply nothing.
    EXPECT_TRUE(rewritten(picture, Format::png).image.bytes() == picture.image.bytes());
  }
}

TEST(Tiff, AReducedCopyIsDroppedWithANote) {
  std::string told;
  const Picture picture = read_fixture("tiff_preview.tif");
  const Bytes written =
      encode_picture(picture.image, Format::tiff, picture,
                     {.note = [&](const std::string& text) { told += text; }}, "out");
  EXPECT_NE(told.find("reduced copies"), std::string::npos) << told;
  EXPECT_EQ(TiffReader(written).pages().size(), 1U);
}

// --- Metadata ---

// libvips drops it without a word.
TEST(Jpeg, MetadataThatIsTooLargeIsDroppedWithANote) {
  const Picture picture = read_fixture("png_grey4.png");
  auto metadata = std::make_shared<Metadata>(*picture.metadata);
  metadata->header = metadata->header.copy();
  set_blob(metadata->header, VIPS_META_XMP_NAME, Bytes(65'000, 'x'));
  metadata->iptc = Bytes(70'000, 'i');
  Picture large = picture;
  large.metadata = std::move(metadata);
  std::string told;
  encode_picture(large.image, Format::jpeg, large,
                 {.note = [&told](const std::string& text) { told += text; }}, "out");
  EXPECT_NE(told.find("the XMP data was dropped: it has 65000 bytes"), std::string::npos) << told;
  EXPECT_NE(told.find("the IPTC data was dropped"), std::string::npos) << told;
}

/// The EXIF block of a written file; of TIFF, the file itself.
Bytes exif_block(const Bytes& file, Format format) {
  if (format == Format::tiff) return file;
  const auto image = vips::VImage::new_from_buffer(file.data(), file.size(), "");
  std::size_t size = 0;
  const auto* data = static_cast<const std::uint8_t*>(image.get_blob(VIPS_META_EXIF_NAME, &size));
  Bytes block(data, data + size);
  if (testing::text_of(block).starts_with("Exif")) block.erase(block.begin(), block.begin() + 6);
  return block;
}

TEST(Exif, GoesFromTiffToEveryFormatAndBack) {
  const Picture tiff = read_fixture("tiff_exif.tif");
  for (const Format format : kFormats) {
    SCOPED_TRACE(name_of(format));
    const Bytes once = encode_picture(tiff.image, format, tiff, {}, "out");
    const Picture between = read_bytes(once);
    for (const Bytes& block :
         {exif_block(once, format),
          exif_block(encode_picture(between.image, Format::tiff, between, {}, "out"),
                     Format::tiff)}) {
      const ExifReader exif(block);
      EXPECT_EQ(exif.text(testing::kMain, testing::kMake), "Camera Works");
      EXPECT_EQ(exif.text(testing::kMain, 0x8298), "(c) Somebody");
      EXPECT_EQ(exif.text(testing::kPhoto, testing::kDateTimeOriginal), "2021:09:15 12:34:56");
      EXPECT_DOUBLE_EQ(exif.fraction(testing::kPhoto, 0x829a), 1 / 250.0);
      EXPECT_EQ(exif.text(testing::kGps, testing::kLatitudeRef), "N");
      EXPECT_EQ(exif.value(testing::kGps, testing::kLatitude), 48);
    }
  }
}

TEST(Exif, HeifIsTurnedOnce) {
  const Picture picture = read_fixture("heif_turned.heic");
  EXPECT_EQ(picture.image.width(), 17);
  for (const Format format : kFormats) {
    const Picture again = rewritten(picture, format);
    EXPECT_EQ(again.image.width(), 17) << name_of(format);
    EXPECT_EQ(again.orientation, 1) << name_of(format);
  }
}

TEST(Resolution, OfATiffIsKept) {
  const Bytes written = as_tiff(read_fixture("tiff_exif.tif"));
  const ExifReader tags(written);
  EXPECT_DOUBLE_EQ(tags.fraction(testing::kMain, testing::kXResolution), 300);
  EXPECT_EQ(tags.value(testing::kMain, testing::kResolutionUnit), 2);
}

TEST(Xmp, IsKeptInEveryFormat) {
  const std::string xmp =
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><title>old wall</title></x:xmpmeta>";
  auto image = vips::VImage::black(20, 20).copy();
  vips_image_set_blob_copy(image.get_image(), VIPS_META_XMP_NAME, xmp.data(), xmp.size());
  std::size_t size = 0;
  void* buffer = nullptr;
  image.write_to_buffer(".tif", &buffer, &size);
  const auto* bytes = static_cast<const std::uint8_t*>(buffer);
  const Picture picture = read_bytes({bytes, bytes + size});
  g_free(buffer);
  for (const Format format : kFormats) {
    const Bytes file = encode_picture(picture.image, format, picture, {}, "out");
    const auto again = vips::VImage::new_from_buffer(file.data(), file.size(), "");
    ASSERT_NE(again.get_typeof(VIPS_META_XMP_NAME), 0U) << name_of(format);
    std::size_t length = 0;
    const auto* text = static_cast<const char*>(again.get_blob(VIPS_META_XMP_NAME, &length));
    EXPECT_EQ(std::string(text, length), xmp) << name_of(format);
  }
}

// --- Hostile files ---

const std::string kHostile[] = {"png_palette_alpha.png",
                                "png_p3.png",
                                "tiff_rgb8_lzw.tif",
                                "tiff_rgb16_deflate.tif",
                                "tiff_cmyk.tif",
                                "tiff_exif.tif",
                                "tiff_bigtiff.tif",
                                "tiff_rgb8_tiled.tif",
                                "webp_lossy.webp",
                                "webp_alpha.webp",
                                "webp_p3.webp",
                                "jpeg_cmyk.jpg",
                                "avif8.avif",
                                "avif_alpha.avif",
                                "heif8.heic",
                                "heif_turned.heic"};

/// A refusal is fine, and so is a partial read; crashes and output are not.
void survive(const Bytes& file) {
  try {
    const Picture picture = read_bytes(file);
    encode_picture(picture.image, Format::tiff, picture, {}, "out");
  } catch (const Error&) {
    return;
  }
}

TEST(Hostile, CutFilesAreRefused) {
  for (const std::string& name : kHostile) {
    const Bytes file = read_file(picture_file(name), SIZE_MAX);
    for (std::size_t i = 0; i < 40; ++i) {
      const auto size = static_cast<std::ptrdiff_t>(file.size() * i / 40);
      const Bytes cut(file.begin(), file.begin() + size);
      // A TIFF file's directory may come first or last: the cut part may contain nothing.
      if (name.starts_with("tiff")) {
        survive(cut);
      } else {
        EXPECT_THROW(read_bytes(cut), Error) << name << " cut to " << size;
      }
    }
  }
}

TEST(SlowHostile, SurvivesAnyDamagedByte) {
  for (const std::string& name : kHostile) {
    const Bytes file = read_file(picture_file(name), SIZE_MAX);
    const std::size_t step = std::max<std::size_t>(1, file.size() / 100);
    for (std::size_t i = 0; i < file.size(); i += step) {
      for (const std::uint8_t flip : Bytes{0x01, 0x80, 0xff}) {
        Bytes damaged = file;
        damaged[i] ^= flip;
        survive(damaged);
      }
    }
  }
}

/// A TIFF file of one strip that claims this size.
Bytes huge_tiff(std::uint32_t width, std::uint32_t height) {
  Bytes file = testing::bytes_of({"II*\0\x08\0\0\0", 8});
  const std::pair<int, std::uint32_t> tags[] = {{256, width}, {257, height}, {258, 8},
                                                {259, 8},     {262, 1},      {273, 200},
                                                {277, 1},     {278, height}, {279, 20}};
  testing::put_little_endian(file, std::size(tags), 2);
  for (const auto& [tag, value] : tags) {
    testing::put_little_endian(file, static_cast<std::uint32_t>(tag), 2);
    testing::put_little_endian(file, 4, 2);
    testing::put_little_endian(file, 1, 4);
    testing::put_little_endian(file, value, 4);
  }
  file.resize(300);
  return file;
}

TEST(Hostile, HugeSizesAreRefused) {
  for (const auto& [width, height] :
       {std::pair{1000000U, 1000000U}, {0x7fffffffU, 0x7fffffffU}, {0x7fffffffU, 1U}, {0U, 9U}}) {
    EXPECT_THROW(read_bytes(huge_tiff(width, height)), Error) << width << " x " << height;
  }
  // The size of a WebP is 24 bits a side, minus one, behind flags and three bytes.
  Bytes webp = read_file(picture_file("webp_p3.webp"), SIZE_MAX);
  ASSERT_EQ(testing::text_of(std::span(webp).subspan(12, 4)), "VP8X");
  std::fill_n(webp.begin() + 24, 6, 0xff);
  EXPECT_THROW(read_bytes(webp), Error);
  // The size of HEIF and AVIF, big-endian, after version and flags of the box "ispe".
  for (const std::string name : {"heif8.heic", "avif8.avif"}) {
    Bytes file = read_file(picture_file(name), SIZE_MAX);
    const std::string box = "ispe";
    const auto at = std::search(file.begin(), file.end(), box.begin(), box.end());
    std::fill_n(at + 9, 3, 0x7f);
    EXPECT_THROW(read_bytes(file), Error) << name;
  }
}

}  // namespace
}  // namespace lama::internal::codecs

// `lama inpaint` on pictures of every format and colour (tests/data/pictures).

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"
#include "tests/codecs/fixtures.h"

namespace lama::internal {
namespace {

using testing::Finished;
using testing::picture_file;
using testing::put;
using testing::put_mask;
using testing::read_fixture;
using testing::run_program;
using testing::small_model;
using testing::TemporaryFolder;

constexpr int kWidth = 24, kHeight = 17, kLeft = 9, kTop = 5, kRight = 16, kBottom = 12;

bool in_hole(std::size_t pixel) {
  const int x = static_cast<int>(pixel % kWidth), y = static_cast<int>(pixel / kWidth);
  return x >= kLeft && x < kRight && y >= kTop && y < kBottom;
}

/// The file, filled by the small network.
codecs::Picture filled(const std::string& name, const std::string& output_ending) {
  const TemporaryFolder folder;
  put_mask(folder / "mask.png", kWidth, kHeight, kLeft, kTop, kRight, kBottom);
  const std::string output = (folder / ("out" + output_ending)).string();
  const Finished run =
      run_program({"inpaint", picture_file(name).string(), (folder / "mask.png").string(), "-o",
                   output, "--model", small_model(), "--dilate", "0", "--feather", "0"});
  EXPECT_EQ(run.code, 0) << run.err;
  return codecs::read_picture(std::filesystem::path(output), "result");
}

class LosslessFormat : public ::testing::TestWithParam<const char*> {};

TEST_P(LosslessFormat, ChangesNothingButTheHole) {
  const std::string name = GetParam();
  const codecs::Picture before = read_fixture(name);
  const codecs::Picture after = filled(name, name.substr(name.find('.')));
  ASSERT_EQ(after.image.bytes().size(), before.image.bytes().size());
  ASSERT_EQ(after.image.depth(), before.image.depth());
  ASSERT_EQ(after.image.colour_model(), before.image.colour_model());
  EXPECT_EQ(after.colour == nullptr, before.colour == nullptr);
  const std::size_t pixel = before.image.bytes().size() / before.image.pixels();
  std::size_t changed = 0, between = 0, low_bits = 0;
  for (std::size_t i = 0; i < before.image.pixels(); ++i) {
    for (std::size_t b = i * pixel; b < (i + 1) * pixel; ++b) {
      const bool same = after.image.bytes()[b] == before.image.bytes()[b];
      if (!in_hole(i)) {
        ASSERT_TRUE(same) << "pixel " << i;
      }
      if (!same) ++changed;
    }
    if (in_hole(i) && before.image.depth() == Depth::u16) {
      // 8 bits stored as 16 would be multiples of 257, as black and white always are.
      const std::uint16_t value = after.image.samples<std::uint16_t>()[i * pixel / 2];
      if (value != 0 && value != 65535) ++between;
      if (value % 257 != 0) ++low_bits;
    }
  }
  EXPECT_GT(changed, 30U);
  if (before.image.depth() == Depth::u16) {
    EXPECT_GT(between, 20U) << "of 49 pixels";
    EXPECT_GT(5 * low_bits, 4 * between) << "of " << between;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LosslessFormat,
                         ::testing::Values("png_grey4.png", "png_grey_alpha16.png",
                                           "png_palette_alpha.png", "png_p3.png",
                                           "png_prophoto16.png", "png_grey22.png", "tiff_grey8.tif",
                                           "tiff_rgb8_tiled.tif", "tiff_rgb16_planar.tif",
                                           "tiff_rgba8.tif", "tiff_associated8.tif",
                                           "tiff_associated16.tif", "tiff_linear16.tif",
                                           "tiff_float.tif", "tiff_float_grey.tif", "tiff_cmyk.tif",
                                           "tiff_cmyk16_bare.tif", "webp_lossless.webp",
                                           "webp_alpha.webp", "webp_p3.webp"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::replace(text.begin(), text.end(), '.', '_');
                           return text;
                         });

TEST(InpaintFormats, EveryFormatBecomesEveryFormatThatHoldsIt) {
  for (const std::string name : {"png_p3.png", "jpeg_p3.jpg", "webp_lossy.webp",
                                 "tiff_rgb16_deflate.tif", "heif8.heic", "avif10.avif"}) {
    for (const std::string ending : {".png", ".jpg", ".webp", ".tif", ".heic", ".avif"}) {
      const codecs::Picture after = filled(name, ending);
      EXPECT_EQ(after.image.width(), kWidth) << name << " to " << ending;
      EXPECT_EQ(after.image.height(), kHeight);
      EXPECT_EQ(after.format, codecs::format_for("out" + ending));
    }
  }
}

TEST(InpaintFormats, APictureInAFormatThatIsOnlyReadBecomesPngWithoutAnotherName) {
  const TemporaryFolder folder;
  put_mask(folder / "mask.png", kWidth, kHeight, kLeft, kTop, kRight, kBottom);
  std::filesystem::create_directory(folder / "in");
  const std::string names[] = {"gif.gif", "jp2_rgb16.j2k", "jxl_rgba8.jxl", "pnm.ppm",
                               "bmp_alpha.bmp"};
  for (const std::string& name : names) {
    std::filesystem::copy_file(picture_file(name), folder / "in" / name);
    EXPECT_EQ(filled(name, ".tif").format, codecs::Format::tiff) << name;
  }
  const Finished run = run_program({"inpaint", (folder / "in").string(),
                                    (folder / "mask.png").string(), "-o", (folder / "out").string(),
                                    "--model", small_model(), "--dilate", "0", "--feather", "0"});
  EXPECT_EQ(run.code, 0) << run.err;
  for (const std::string& name : names) {
    const auto output = (folder / "out" / name).replace_extension(".png");
    const codecs::Picture before = read_fixture(name);
    const codecs::Picture after = codecs::read_picture(output, "result");
    ASSERT_EQ(after.format, codecs::Format::png);
    ASSERT_EQ(after.image.depth(), before.image.depth()) << name;
    ASSERT_EQ(after.image.channels(), before.image.channels()) << name;
    const std::size_t pixel = before.image.bytes().size() / before.image.pixels();
    for (std::size_t i = 0; i < before.image.bytes().size(); ++i) {
      if (in_hole(i / pixel)) continue;
      ASSERT_EQ(after.image.bytes()[i], before.image.bytes()[i]) << name << ", byte " << i;
    }
  }
}

// A picture of one colour, given in sRGB, in a file of other colours. The fill must be the one that
// the same network gives for the same colour in a file without a profile. Unconverted input or
// output would be far off.
TEST(InpaintColours, TheHoleIsTheSameInEveryColourSpace) {
  const TemporaryFolder folder;
  put_mask(folder / "mask.png", 64, 64, 20, 20, 44, 44);
  const auto fill_middle = [&folder](const Image& image, codecs::Picture like,
                                     const std::string& ending) {
    const std::string input = (folder / ("in" + ending)).string();
    const std::string output = (folder / ("out" + ending)).string();
    codecs::write_picture(input, image, like, {});
    const Finished run =
        run_program({"inpaint", input, (folder / "mask.png").string(), "-o", output, "--model",
                     "embedded", "--dilate", "0", "--feather", "0"});
    EXPECT_EQ(run.code, 0) << run.err;
    const codecs::Picture after = codecs::read_picture(std::filesystem::path(output), "result");
    Image srgb = after.image;
    if (after.colour) srgb = after.colour->to_srgb(srgb);
    // The mean of the hole's inside, in sRGB from 0 to 1.
    std::array<double, 3> mean = {};
    for (int y = 24; y < 40; ++y) {
      for (int x = 24; x < 40; ++x) {
        for (std::size_t c = 0; c < 3; ++c) {
          const auto i = static_cast<std::size_t>(y * 64 + x) * 3 + c;
          mean[c] += visit_samples(srgb, [&](const auto* s) {
            return static_cast<double>(s[i]) / srgb.max_value() / 256;
          });
        }
      }
    }
    return mean;
  };
  const std::array<std::uint16_t, 3> colour = {0x9a00, 0x7400, 0x5200};
  Image srgb(64, 64, 3, Depth::u16);
  for (std::size_t i = 0; i < srgb.pixels() * 3; ++i) {
    srgb.samples<std::uint16_t>()[i] = colour[i % 3];
  }
  const auto expected = fill_middle(srgb, read_fixture("tiff_rgb16_deflate.tif"), ".png");
  for (std::size_t c = 0; c < 3; ++c) {
    // The embedded model fills badly, but keeps a single colour.
    EXPECT_NEAR(expected[c], colour[c] / 65535.0, 0.08);
  }
  for (const auto& [name, ending, tolerance] : {std::tuple{"png_prophoto16.png", ".png", 0.004},
                                                {"tiff_linear16.tif", ".tif", 0.004},
                                                {"png_p3.png", ".tif", 0.004},
                                                {"png_adobe.png", ".png", 0.004},
                                                // Tables of ink, on paper that is less white.
                                                {"tiff_cmyk.tif", ".tif", 0.03},
                                                {"tiff_cmyk16_bare.tif", ".tif", 0.03}}) {
    const codecs::Picture like = read_fixture(name);
    const auto mean = fill_middle(like.colour->from_srgb(srgb), like, ending);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(mean[c], expected[c], tolerance) << name;
  }
}

TEST(InpaintColours, ReportsItsReadingOfTheColours) {
  const TemporaryFolder folder;
  put_mask(folder / "mask.png", kWidth, kHeight, kLeft, kTop, kRight, kBottom);
  for (const auto& [name, part] : {std::pair{"tiff_cmyk16_bare.tif", "CMYK"},
                                   {"tiff_float.tif", "linear light"},
                                   {"png_cicp_p3.png", "Display P3"}}) {
    const Finished run =
        run_program({"inpaint", picture_file(name).string(), (folder / "mask.png").string(), "-o",
                     (folder / "out.tif").string(), "--model", small_model(), "-v"});
    EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
  }
}

// An empty mask copies the file, however it is read.
TEST(InpaintFormats, AnEmptyMaskCopiesTheFile) {
  const TemporaryFolder folder;
  put_mask(folder / "mask.png", kWidth, kHeight, 0, 0, 0, 0);
  for (const std::string name : {"tiff_associated8.tif", "heif8.heic", "webp_alpha.webp"}) {
    const auto output = folder / ("out" + name.substr(name.find('.')));
    const Finished run = run_program({"inpaint", picture_file(name).string(),
                                      (folder / "mask.png").string(), "-o", output.string()});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(testing::get(output), testing::get(picture_file(name)));
  }
}

}  // namespace
}  // namespace lama::internal

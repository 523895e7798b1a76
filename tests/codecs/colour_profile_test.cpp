#include "codecs/colour_profile.h"

#include <algorithm>
#include <cmath>

#include "tests/codecs/fixtures.h"

namespace lama::internal::codecs {
namespace {

using testing::beside;
using testing::Bytes;
using testing::read_fixture;

Image rgb16(const std::vector<std::uint16_t>& samples) {
  Image image(static_cast<int>(samples.size() / 3), 1, 3, Depth::u16);
  std::copy(samples.begin(), samples.end(), image.samples<std::uint16_t>());
  return image;
}

/// The largest difference in 16-bit steps.
int difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.bytes().size(), b.bytes().size());
  int most = 0;
  for (std::size_t i = 0; i < a.bytes().size() / 2; ++i) {
    most = std::max(most, std::abs(a.samples<std::uint16_t>()[i] - b.samples<std::uint16_t>()[i]));
  }
  return most;
}

// ImageCms uses the same library with 8 bits at the ends: its rounding is half a step of these, and
// the tables of the CMYK profile also have 8 bits.
TEST(ColourProfile, ConvertsAsImageCmsDoes) {
  for (const std::string name :
       {"png_p3.png", "png_adobe.png", "png_grey22.png", "tiff_cmyk.tif"}) {
    const Picture picture = read_fixture(name);
    ASSERT_NE(picture.colour, nullptr) << name;
    const Image srgb = picture.colour->to_srgb(picture.image);
    const Bytes expected = beside(name, ".srgb");
    ASSERT_EQ(srgb.pixels() * 3, expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(srgb.samples<std::uint16_t>()[i] / 257.0, expected[i], 0.52) << name << ", " << i;
    }
    Image rounded = srgb;
    std::transform(expected.begin(), expected.end(), rounded.samples<std::uint16_t>(),
                   [](std::uint8_t value) { return static_cast<std::uint16_t>(value * 257); });
    const Image own = picture.colour->from_srgb(rounded);
    const Bytes back = beside(name, ".back");
    ASSERT_EQ(own.bytes().size(), 2 * back.size());
    for (std::size_t i = 0; i < back.size(); ++i) {
      ASSERT_NEAR(own.samples<std::uint16_t>()[i] / 257.0, back[i], 0.52) << name << ", " << i;
    }
  }
}

double srgb_from_light(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

// By the formula of IEC 61966-2-1 alone.
TEST(ColourProfile, LinearLightBecomesSrgb) {
  for (const std::string name :
       {"tiff_linear16.tif", "tiff_float.tif", "png_chunks_linear16.png", "tiff_float_grey.tif"}) {
    const Picture picture = read_fixture(name);
    ASSERT_NE(picture.colour, nullptr) << name;
    const Image srgb = picture.colour->to_srgb(picture.image);
    const auto channels = static_cast<std::size_t>(picture.image.channels());
    for (std::size_t i = 0; i < srgb.pixels() * 3; ++i) {
      const std::size_t from = i / 3 * channels + (channels == 1 ? 0 : i % 3);
      const double light = picture.image.depth() == Depth::f32
                               ? picture.image.samples<float>()[from]
                               : picture.image.samples<std::uint16_t>()[from] / 65535.0;
      // The matrix of the profile has 16 fractional bits, and D50 four digits.
      ASSERT_NEAR(srgb.samples<std::uint16_t>()[i], 65535 * srgb_from_light(light), 65535 * 2e-3)
          << name << ", " << i;
    }
  }
}

// Colours within sRGB come back in fine steps: the network's answer loses nothing.
TEST(ColourProfile, ComesBackFromSrgb) {
  // Tolerances in 16-bit steps: matrices in profiles have 16 bits, and linear light has few steps
  // in the dark, where one of them covers 13 of sRGB's. 40 are a sixth of a step of 8 bits.
  const std::pair<std::string, int> files[] = {
      {"png_p3.png", 32},        {"png_adobe.png", 16},  {"png_prophoto16.png", 40},
      {"tiff_linear16.tif", 40}, {"tiff_float.tif", 40}, {"png_chunks_adobe.png", 16}};
  std::vector<std::uint16_t> samples;
  using Level = std::uint16_t;
  for (const Level r : std::initializer_list<Level>{0, 300, 9000, 32768, 65535}) {
    for (const Level g : std::initializer_list<Level>{0, 700, 20000, 50000, 65535}) {
      for (const Level b : std::initializer_list<Level>{0, 100, 30000, 65535}) {
        samples.insert(samples.end(), {r, g, b});
      }
    }
  }
  const Image srgb = rgb16(samples);
  for (const auto& [name, tolerance] : files) {
    const Picture picture = read_fixture(name);
    const Image own = picture.colour->from_srgb(srgb);
    EXPECT_EQ(own.colour_model(), ColourModel::rgb);
    EXPECT_EQ(own.depth(), Depth::u16);
    EXPECT_GT(difference(own, srgb), 500) << name << ": it does convert";
    EXPECT_LE(difference(picture.colour->to_srgb(own), srgb), tolerance) << name;
  }
}

// A press has fewer colours than a screen: only colours within its reach come back.
TEST(ColourProfile, InkComesBackFromSrgb) {
  const Image srgb =
      rgb16({65535, 65535, 65535, 0, 0, 0, 30000, 30000, 30000, 40000, 30000, 25000});
  const Picture picture = read_fixture("tiff_cmyk16_bare.tif");
  const Image ink = picture.colour->from_srgb(srgb);
  ASSERT_EQ(ink.colour_model(), ColourModel::cmyk);
  EXPECT_LE(ink.samples<std::uint16_t>()[0], 65535 / 50) << "white is no ink";
  EXPECT_LE(difference(picture.colour->to_srgb(ink), srgb), 65535 / 25);
}

TEST(ColourProfile, SrgbNeedsNoConversion) {
  EXPECT_EQ(read_fixture("png_srgb.png").colour, nullptr) << "the common table of 1024 points";
  const ProfileReading made =
      read_profile(make_profile(ColourModel::rgb, {}, {}), ColourModel::rgb);
  EXPECT_EQ(made.converter, nullptr);
  EXPECT_TRUE(made.problem.empty()) << made.problem;
  // A grey picture with the profile of its colour original.
  EXPECT_TRUE(
      read_profile(make_profile(ColourModel::rgb, {}, {}), ColourModel::grey).problem.empty());
  EXPECT_EQ(read_profile(make_profile(ColourModel::grey, {}, {}), ColourModel::grey).converter,
            nullptr);
  // A power of 2.2 is not sRGB's curve: the dark differs by several levels.
  EXPECT_NE(read_profile(make_profile(ColourModel::rgb, {}, {.srgb = false, .gamma = 2.2}),
                         ColourModel::rgb)
                .converter,
            nullptr);
}

// Else a picture gets other bytes in every second.
TEST(ColourProfile, MadeProfilesHaveAFixedDate) {
  const Bytes made = make_profile(ColourModel::rgb, {}, {});
  const Bytes date(made.begin() + 24, made.begin() + 36);  // ICC.1, 7.2: six numbers of 16 bits
  EXPECT_EQ(date, (Bytes{7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0}));
}

TEST(ColourProfile, UnusableProfilesHaveAReason) {
  const Bytes p3 = make_profile(ColourModel::rgb, {{0.68, 0.32}, {0.265, 0.69}, {0.15, 0.06}}, {});
  const auto problem = [](const Bytes& icc, ColourModel model) {
    const ProfileReading reading = read_profile(icc, model);
    EXPECT_EQ(reading.converter, nullptr);
    return reading.problem;
  };
  EXPECT_NE(problem(p3, ColourModel::cmyk), "");
  EXPECT_NE(problem(p3, ColourModel::grey), "");
  EXPECT_NE(problem({}, ColourModel::rgb), "");
  EXPECT_NE(problem(Bytes(200, 7), ColourModel::rgb), "");
  Bytes cut = p3;
  cut.resize(cut.size() / 2);
  EXPECT_NE(problem(cut, ColourModel::rgb), "");
}

TEST(ColourProfile, SurvivesAnyDamagedByte) {
  const Image image = rgb16({1, 2, 3, 40000, 50000, 60000});
  const Bytes whole =
      make_profile(ColourModel::rgb, {{0.68, 0.32}, {0.265, 0.69}, {0.15, 0.06}}, {});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 0xa5;
    const ProfileReading reading = read_profile(damaged, ColourModel::rgb);
    if (reading.converter) reading.converter->from_srgb(reading.converter->to_srgb(image));
  }
}

TEST(ColourProfile, FloatsMayBeAnything) {
  Image image(2, 1, 3, Depth::f32);
  const float samples[] = {-1, 2, std::nanf(""), INFINITY, -INFINITY, 1e30F};
  std::copy(std::begin(samples), std::end(samples), image.samples<float>());
  const Image srgb = read_fixture("tiff_float.tif").colour->to_srgb(image);
  const std::uint16_t expected[] = {0, 65535, 0, 65535, 0, 65535};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(srgb.samples<std::uint16_t>()[i], expected[i], 64) << i;
  }
}

}  // namespace
}  // namespace lama::internal::codecs

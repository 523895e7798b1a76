#include "image/mask.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>

#include "tests/testing.h"

namespace lama::internal {
namespace {

/// Whether a picture of one pixel with these samples is a hole.
template <typename Sample>
bool is_hole(const std::vector<Sample>& samples, bool published) {
  Image image(1, 1, static_cast<int>(samples.size()), sizeof(Sample) == 1 ? Depth::u8 : Depth::u16);
  std::copy(samples.begin(), samples.end(), image.samples<Sample>());
  return (published ? published_mask_from(image) : mask_from(image)).missing[0] == 1;
}
bool half8(const std::vector<std::uint8_t>& samples) { return is_hole(samples, false); }
bool any8(const std::vector<std::uint8_t>& samples) { return is_hole(samples, true); }
bool half16(const std::vector<std::uint16_t>& samples) { return is_hole(samples, false); }
bool any16(const std::vector<std::uint16_t>& samples) { return is_hole(samples, true); }

TEST(MaskFrom, GreyIsAHoleFromHalfWhite) {
  EXPECT_FALSE(half8({0}));
  EXPECT_FALSE(half8({127}));
  EXPECT_TRUE(half8({128}));
  EXPECT_TRUE(half8({255}));
  EXPECT_FALSE(half16({0}));
  EXPECT_FALSE(half16({32767}));
  EXPECT_TRUE(half16({32768}));
  EXPECT_TRUE(half16({65535}));
}

TEST(MaskFrom, ThePublishedRuleTakesEverythingAboveBlack) {
  EXPECT_FALSE(any8({0}));
  EXPECT_TRUE(any8({1}));
  EXPECT_TRUE(any8({255}));
  EXPECT_FALSE(any16({0}));
  EXPECT_TRUE(any16({1}));
  EXPECT_TRUE(any16({65535}));
}

TEST(MaskFrom, ColoursCountByTheirLuma) {
  EXPECT_TRUE(half8({255, 255, 255}));
  EXPECT_TRUE(half8({128, 128, 128}));
  EXPECT_FALSE(half8({127, 127, 127}));
  EXPECT_TRUE(half8({0, 255, 0}));     // 150
  EXPECT_FALSE(half8({255, 0, 0}));    // 76
  EXPECT_FALSE(half8({255, 0, 255}));  // 105
  EXPECT_FALSE(half8({0, 0, 255}));    // 29
  EXPECT_TRUE(half16({65535, 65535, 65535}));
  EXPECT_TRUE(half16({32768, 32768, 32768}));
  EXPECT_FALSE(half16({32767, 32767, 32767}));
  EXPECT_TRUE(half16({0, 65535, 0}));
  EXPECT_FALSE(half16({65535, 0, 0}));
  // Like the rounding of Pillow's convert("L"): a blue of 4 is 0.46, of 5 is 0.57.
  EXPECT_FALSE(any8({0, 0, 4}));
  EXPECT_TRUE(any8({0, 0, 5}));
  EXPECT_FALSE(any8({1, 0, 0}));
  EXPECT_TRUE(any8({0, 1, 0}));
}

TEST(MaskFrom, TransparentPartsLieOnBlack) {
  EXPECT_TRUE(half8({255, 255}));
  EXPECT_TRUE(half8({255, 128}));
  EXPECT_FALSE(half8({255, 127}));
  EXPECT_FALSE(half8({255, 0}));
  EXPECT_FALSE(half8({0, 255}));
  EXPECT_FALSE(half8({180, 180})) << "127.06";
  EXPECT_TRUE(half8({181, 181})) << "128.5";
  EXPECT_TRUE(half8({255, 255, 255, 128}));
  EXPECT_FALSE(half8({255, 255, 255, 127}));
  EXPECT_TRUE(half16({65535, 32768}));
  EXPECT_FALSE(half16({65535, 32767}));
  EXPECT_TRUE(half16({65535, 65535, 65535, 65535}));
  EXPECT_FALSE(half16({65535, 65535, 65535, 32767}));
}

TEST(MaskFrom, ThePublishedRuleIgnoresAlpha) {
  EXPECT_TRUE(any8({1, 0}));
  EXPECT_FALSE(any8({0, 255}));
  EXPECT_TRUE(any8({0, 1, 0, 0}));
  EXPECT_FALSE(any16({0, 0, 0, 65535}));
}

TEST(MaskFrom, KeepsTheOrderOfPixels) {
  for (int channels = 1; channels <= 4; ++channels) {
    Image image(3, 2, channels, Depth::u8);
    std::fill(image.bytes().begin() + 4 * channels, image.bytes().begin() + 5 * channels, 255);
    const Mask mask = mask_from(image);
    EXPECT_EQ(mask.width, 3);
    EXPECT_EQ(mask.height, 2);
    EXPECT_EQ(mask.missing, (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 0})) << channels;
    EXPECT_EQ(mask.count(), 1U);
  }
}

// --- Distances ---

Mask random_mask(int width, int height, double density, unsigned seed) {
  std::mt19937 random(seed);
  Mask mask{width, height, {}};
  std::bernoulli_distribution missing(density);
  for (int i = 0; i < width * height; ++i) mask.missing.push_back(missing(random) ? 1 : 0);
  return mask;
}

/// The squared distance to the nearest missing pixel by comparison with all of them, or -1.
std::vector<int> squared_distances(const Mask& mask) {
  std::vector<int> distances;
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      int least = -1;
      for (int v = 0; v < mask.height; ++v) {
        for (int u = 0; u < mask.width; ++u) {
          const int d = (x - u) * (x - u) + (y - v) * (y - v);
          if (mask.missing[static_cast<std::size_t>(v * mask.width + u)] != 0 &&
              (least < 0 || d < least)) {
            least = d;
          }
        }
      }
      distances.push_back(least);
    }
  }
  return distances;
}

std::vector<Mask> masks_of_many_shapes() {
  std::vector<Mask> masks;
  const std::pair<int, int> sizes[] = {{1, 1},  {1, 2},  {1, 57}, {61, 1}, {2, 2},
                                       {3, 31}, {29, 5}, {17, 9}, {37, 41}};
  unsigned seed = 0;
  for (const auto& [width, height] : sizes) {
    for (const double density : {0.0, 0.003, 0.02, 0.3, 0.9, 1.0}) {
      masks.push_back(random_mask(width, height, density, ++seed));
    }
  }
  // One missing pixel in each corner: the longest distances.
  for (const std::size_t at : {0U, 12U, 13U * 10, 13U * 11 - 1}) {
    Mask mask = random_mask(13, 11, 0, 0);
    mask.missing[at] = 1;
    masks.push_back(mask);
  }
  return masks;
}

TEST(PictureOf, IsWhiteWhereSomethingIsMissing) {
  const Mask mask{3, 2, {0, 1, 0, 1, 1, 0}};
  const Image picture = picture_of(mask);
  EXPECT_EQ(picture.width(), 3);
  EXPECT_EQ(picture.channels(), 1);
  EXPECT_EQ(picture.bytes()[1], 255);
  EXPECT_EQ(mask_from(picture).missing, mask.missing);
}

TEST(DistanceToHole, IsExact) {
  for (const Mask& mask : masks_of_many_shapes()) {
    const auto expected = squared_distances(mask);
    const auto actual = distance_to_hole(mask);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      const float root = expected[i] < 0 ? std::numeric_limits<float>::infinity()
                                         : std::sqrt(static_cast<float>(expected[i]));
      ASSERT_EQ(actual[i], root) << mask.width << " x " << mask.height << ", pixel " << i;
    }
  }
}

TEST(DistanceToHole, AcceptsAPictureWithoutPixels) {
  EXPECT_TRUE(distance_to_hole({0, 0, {}}).empty());
}

TEST(DistanceToHole, IsExactOverLongDistances) {
  Mask mask{9000, 2, std::vector<std::uint8_t>(18000)};
  mask.missing[0] = 1;
  const auto distance = distance_to_hole(mask);
  EXPECT_EQ(distance[8999], 8999.0F);
  EXPECT_EQ(distance[17999], static_cast<float>(std::hypot(8999.0, 1.0)));
}

TEST(Dilate, TakesEveryPixelWithinTheRadius) {
  for (const Mask& mask : masks_of_many_shapes()) {
    const auto distances = squared_distances(mask);
    for (const int radius : {0, 1, 2, 5, 1000}) {
      const Mask grown = dilate(mask, radius);
      ASSERT_EQ(grown.width, mask.width);
      ASSERT_EQ(grown.height, mask.height);
      for (std::size_t i = 0; i < distances.size(); ++i) {
        const bool expected = distances[i] >= 0 && distances[i] <= radius * radius;
        ASSERT_EQ(grown.missing[i], expected ? 1 : 0)
            << mask.width << " x " << mask.height << ", radius " << radius << ", pixel " << i;
      }
    }
  }
}

/// A picture of one row.
template <typename Sample>
Image row_of(int channels, const std::vector<Sample>& samples) {
  const Depth depth = sizeof(Sample) == 1   ? Depth::u8
                      : sizeof(Sample) == 2 ? Depth::u16
                                            : Depth::f32;
  Image image(static_cast<int>(samples.size()) / channels, 1, channels, depth);
  std::copy(samples.begin(), samples.end(), image.samples<Sample>());
  return image;
}
using Bits = std::vector<std::uint8_t>;

TEST(MaskFrom, TheThresholdIsAShareOfWhite) {
  const Image image = row_of<std::uint8_t>(1, {0, 50, 51, 52, 254, 255});
  EXPECT_EQ(mask_from(image, {.threshold = 0.2}).missing, (Bits{0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(mask_from(image, {.threshold = 1}).missing, (Bits{0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(mask_from(row_of<std::uint16_t>(1, {13106, 13107}), {.threshold = 0.2}).missing,
            (Bits{0, 1}));
  for (const double wrong : {0.0, -1.0, 1.01, std::nan("")}) {
    EXPECT_NE(testing::error_of([&] { mask_from(image, {.threshold = wrong}); }).find("threshold"),
              std::string::npos);
  }
}

TEST(MaskFrom, InvertedIsTheOppositeOfEveryPixel) {
  const Image image = row_of<std::uint8_t>(1, {0, 127, 128, 255});
  EXPECT_EQ(mask_from(image, {.invert = true}).missing, (Bits{1, 1, 0, 0}));
  EXPECT_EQ(mask_from(image, {.threshold = 0.2, .invert = true}).missing, (Bits{1, 0, 0, 0}));
}

TEST(MaskFrom, FloatsCountFromZeroToOne) {
  const Image image = row_of<float>(1, {-3.0F, 0.0F, 0.49F, 0.51F, 1.0F, 7.0F, std::nanf("")});
  EXPECT_EQ(mask_from(image).missing, (Bits{0, 0, 0, 1, 1, 1, 0}));
}

TEST(MaskFrom, CmykIsWhiteWhereThereIsNoInk) {
  Image image(3, 1, ColourModel::cmyk, false, Depth::u8);
  image.bytes() = {0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0};
  EXPECT_EQ(mask_from(image).missing, (Bits{1, 0, 0}));
}

TEST(MaskFrom, AlphaIsTheMaskIfItAloneVaries) {
  // A black shape on transparent ground; white on transparent ground; the same, with varying shape
  // and shade.
  const Image black = row_of<std::uint8_t>(2, {0, 255, 0, 0, 0, 127});
  EXPECT_EQ(mask_from(black).missing, (Bits{1, 0, 0}));
  EXPECT_EQ(mask_from(black, {.channel = MaskChannel::luma}).missing, (Bits{0, 0, 0}));
  const Image white = row_of<std::uint8_t>(4, {255, 255, 255, 255, 255, 255, 255, 0});
  EXPECT_EQ(mask_from(white).missing, (Bits{1, 0}));
  const Image both = row_of<std::uint8_t>(2, {0, 255, 255, 255, 255, 0});
  EXPECT_EQ(mask_from(both).missing, (Bits{0, 1, 0}));
  EXPECT_EQ(mask_from(both, {.channel = MaskChannel::alpha}).missing, (Bits{1, 1, 0}));
  // Dark red on the black that canvases have in unpainted pixels.
  Image red(3, 1, ColourModel::rgb, true, Depth::u8);
  red.bytes() = {200, 0, 0, 255, 0, 0, 0, 0, 200, 0, 0, 100};
  EXPECT_EQ(mask_from(red).missing, (Bits{1, 0, 0}));
  // A soft edge whose colour a canvas rounded, 2/3 and 1/3 of 255 at an opacity of 3, and a shift
  // by a lossy format.
  red.bytes() = {200, 50, 50, 255, 170, 85, 85, 3, 212, 40, 58, 240};
  EXPECT_EQ(mask_from(red).missing, (Bits{1, 0, 1}));
  Image deep(2, 1, ColourModel::rgb, true, Depth::u16);
  const std::uint16_t soft[] = {40000, 0, 0, 65535, 0, 0, 65535, 800};
  std::copy(std::begin(soft), std::end(soft), deep.samples<std::uint16_t>());
  EXPECT_EQ(mask_from(deep).missing, (Bits{1, 0}));
  // Two colours, though both are dark: the brightness is the mask.
  red.bytes() = {0, 0, 0, 255, 60, 60, 60, 200, 0, 0, 0, 0};
  EXPECT_EQ(mask_from(red).missing, (Bits{0, 0, 0}));
  // Opaque everywhere: alpha carries no mask.
  EXPECT_EQ(mask_from(row_of<std::uint8_t>(2, {255, 255, 255, 255})).missing, (Bits{1, 1}));
  EXPECT_EQ(mask_from(row_of<std::uint8_t>(2, {0, 255, 0, 255})).missing, (Bits{0, 0}));
}

TEST(MaskFrom, RefusesAPictureWithoutTheRequestedAlpha) {
  const Image grey = row_of<std::uint8_t>(1, {0, 255});
  EXPECT_NE(
      testing::error_of([&] { mask_from(grey, {.channel = MaskChannel::alpha}); }).find("alpha"),
      std::string::npos);
  EXPECT_NE(testing::error_of([&] { transparent_part(grey); }).find("alpha"), std::string::npos);
}

TEST(TransparentPart, IsThePixelsLessThanHalfOpaque) {
  EXPECT_EQ(transparent_part(row_of<std::uint8_t>(2, {9, 0, 9, 127, 9, 128, 9, 255})).missing,
            (Bits{1, 1, 0, 0}));
  EXPECT_EQ(transparent_part(row_of<std::uint16_t>(2, {9, 32767, 9, 32768})).missing, (Bits{1, 0}));
}

const MaskOptionNames kNames = {
    .threshold = "the threshold", .invert = "the inversion", .alpha = "alpha and"};

TEST(DoubtsAboutMask, TellPhotosFromMasksByTheirShades) {
  std::vector<std::uint8_t> photo, jpeg_mask, blurred, cut_out;
  for (int i = 0; i < 200; ++i) {
    photo.push_back(static_cast<std::uint8_t>(20 + i));
    jpeg_mask.push_back(static_cast<std::uint8_t>(i < 100 ? i % 12 : 255 - i % 12));
    blurred.push_back(static_cast<std::uint8_t>(std::clamp((i - 75) * 5, 0, 255)));
    cut_out.push_back(photo.back());
    cut_out.push_back(i < 150 ? 255 : 0);
  }
  const auto doubted = [](const Image& image, MaskChannel channel = MaskChannel::automatic) {
    const MaskOptions options{.channel = channel};
    return !doubts_about_mask(image, &options, "m.png", kNames).empty();
  };
  EXPECT_TRUE(doubted(row_of(1, photo)));
  EXPECT_FALSE(doubted(row_of(1, jpeg_mask)));
  EXPECT_FALSE(doubted(row_of(1, blurred)));
  EXPECT_FALSE(doubted(row_of(1, std::vector<std::uint8_t>(9, 128))));
  EXPECT_TRUE(doubted(row_of(2, cut_out)));
}

TEST(DoubtsAboutMask, LookAtTheChannelThatIsTheMask) {
  std::vector<std::uint8_t> cut_out;
  for (int i = 0; i < 200; ++i) {
    cut_out.push_back(static_cast<std::uint8_t>(20 + i));
    cut_out.push_back(i < 150 ? 255 : 0);
  }
  const MaskOptions luma{.invert = true, .channel = MaskChannel::luma},
      alpha{.invert = true, .channel = MaskChannel::alpha};
  for (const MaskOptions* options : {&luma, &alpha}) {
    const auto doubts = doubts_about_mask(row_of(2, cut_out), options, "m.png", kNames);
    EXPECT_EQ(doubts.empty(), options == &alpha);
  }
}

TEST(DoubtsAboutMask, ConcernPhotosAndDarkMasks) {
  const auto doubts = [](const Image& image, const MaskOptions* options) {
    return doubts_about_mask(image, options, "m.png", kNames);
  };
  const Image dark = row_of<std::uint8_t>(1, {0, 0, 100, 0});
  const MaskOptions usual, low{.threshold = 0.3}, inverted{.invert = true};
  ASSERT_EQ(doubts(dark, &usual).size(), 1U);
  EXPECT_EQ(doubts(dark, &usual)[0],
            "m.png is not black, but nowhere brighter than 39.2 % of white; holes begin at 50 %: "
            "lower the threshold");
  for (const MaskOptions* options : {&low, &inverted, static_cast<const MaskOptions*>(nullptr)}) {
    EXPECT_TRUE(doubts(dark, options).empty());
  }
  EXPECT_TRUE(doubts(row_of<std::uint8_t>(1, {0, 255, 0}), &usual).empty());
  EXPECT_TRUE(doubts(row_of<std::uint8_t>(1, {0, 0, 0}), &usual).empty());
  const Image photo = row_of<std::uint8_t>(1, {90, 100, 120, 200, 255});
  ASSERT_EQ(doubts(photo, &usual).size(), 1U);
  EXPECT_EQ(doubts(photo, &usual)[0],
            "m.png has many shades, like a photo and unlike a mask: is it the mask?");
  // Grey and alpha.
  const Image erased = row_of<std::uint8_t>(2, {90, 255, 100, 255, 120, 0, 200, 255, 90, 255});
  ASSERT_EQ(doubts(erased, &usual).size(), 1U);
  EXPECT_NE(doubts(erased, &usual)[0].find(
                "is it the mask? If its transparent part is the hole, use alpha and the inversion"),
            std::string::npos);
  const Image opaque = row_of<std::uint8_t>(2, {90, 255, 100, 255, 200, 255, 90, 255});
  ASSERT_EQ(doubts(opaque, &usual).size(), 1U);
  EXPECT_EQ(doubts(opaque, &usual)[0].find("transparent"), std::string::npos);
}

// Grey and alpha: black everywhere, transparent where an editor erased.
TEST(DoubtsAboutMask, ConcernAnOpaquePartThatIsMostOfThePicture) {
  const auto doubts = [](const std::vector<std::uint8_t>& samples, double threshold = 0.5) {
    const MaskOptions options{.threshold = threshold};
    return doubts_about_mask(row_of<std::uint8_t>(2, samples), &options, "m.png", kNames);
  };
  ASSERT_EQ(doubts({0, 255, 0, 255, 0, 255, 0, 0}).size(), 1U);
  EXPECT_EQ(
      doubts({0, 255, 0, 255, 0, 255, 0, 0})[0],
      "m.png marks its opaque part, 75 % of the picture: if its transparent part is the hole, "
      "use the inversion");
  EXPECT_TRUE(doubts({0, 255, 0, 0, 0, 0, 0, 0}).empty()) << "strokes on transparent ground";
  EXPECT_TRUE(doubts({255, 255, 255, 255, 0, 255}).empty()) << "no transparent part";
  // A soft edge: 60 % of opacity is below this threshold.
  EXPECT_EQ(doubts({0, 255, 0, 255, 0, 255, 0, 153, 0, 0}, 0.9).size(), 1U);
}

// White, with the object in black.
TEST(DoubtsAboutMask, ConcernMasksThatMarkMostOfThePicture) {
  std::vector<std::uint8_t> samples(20, 255);
  for (std::size_t i = 0; i < 3; ++i) samples[i] = 8;
  const auto doubts = [&](const MaskOptions& options) {
    return doubts_about_mask(row_of(1, samples), &options, "m.png", kNames);
  };
  ASSERT_EQ(doubts({}).size(), 1U);
  EXPECT_EQ(doubts({})[0],
            "m.png marks 85 % of the picture: if its black part is the hole, use the inversion");
  EXPECT_TRUE(doubts({.invert = true}).empty());
  samples[3] = samples[4] = 8;
  EXPECT_TRUE(doubts({}).empty()) << "75 %";
  samples.assign(20, 255);
  EXPECT_TRUE(doubts({}).empty()) << "has no black part";
}

TEST(ResizeMask, TakesTheNearestPixel) {
  const Mask mask{3, 2, {1, 0, 0, 0, 1, 1}};
  EXPECT_EQ(resize(mask, 3, 2).missing, mask.missing);
  EXPECT_EQ(resize(mask, 6, 4).missing,
            (Bits{1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(resize(mask, 1, 1).missing, Bits{1}) << "the pixel under the centre";
  EXPECT_EQ(resize(resize(mask, 30, 34), 3, 2).missing, mask.missing);
}

}  // namespace
}  // namespace lama::internal

#include "inpaint/inpaint.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "image/interpolate.h"
#include "tests/testing.h"
#include "weights/model_file.h"

namespace lama::internal {
namespace {

Backend open_network(int threads = 2) {
  const auto model = weights::open_model(testing::data("networks/shallow.safetensors"));
  return Backend(std::make_shared<const engine::Network>(model.network, *model.tensors, threads));
}

/// `network` for holes of up to 20 pixels, and copies for thicker ones.
Backend for_thin_holes(Backend network) {
  network.thickest_hole = 20;
  return network;
}

/// A picture of random samples, in which any change shows.
Image noise(int width, int height, int channels, Depth depth, unsigned seed = 1) {
  Image image(width, height, channels, depth);
  std::mt19937 random(seed);
  visit_samples(image, [&](auto* samples) {
    const std::size_t count = image.pixels() * static_cast<std::size_t>(channels);
    for (std::size_t i = 0; i < count; ++i) {
      samples[i] = static_cast<std::remove_pointer_t<decltype(samples)>>(random());
    }
  });
  return image;
}

/// A smooth picture, so that a network's answer is not clamped to black or white.
Image smooth(int width, int height, int channels, Depth depth) {
  Image image(width, height, channels, depth);
  visit_samples(image, [&](auto* sample) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < channels; ++c) {
          const double wave = 0.5 + 0.3 * std::sin(0.2 * x + c) * std::cos(0.15 * y - c);
          *sample++ =
              static_cast<std::remove_pointer_t<decltype(sample)>>(wave * image.max_value());
        }
      }
    }
  });
  return image;
}

Mask rectangle(int width, int height, int x0, int y0, int x1, int y1) {
  Mask mask{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      mask.missing.push_back(x >= x0 && x < x1 && y >= y0 && y < y1 ? 1 : 0);
    }
  }
  return mask;
}

int sample(const Image& image, std::size_t pixel, int channel) {
  const std::size_t at =
      pixel * static_cast<std::size_t>(image.channels()) + static_cast<std::size_t>(channel);
  return visit_samples(image, [at](const auto* samples) { return static_cast<int>(samples[at]); });
}

/// The pixels that differ between the two pictures in any sample.
std::vector<std::size_t> changed_pixels(const Image& a, const Image& b) {
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < a.pixels(); ++i) {
    for (int c = 0; c < a.channels(); ++c) {
      if (sample(a, i, c) == sample(b, i, c)) continue;
      changed.push_back(i);
      break;
    }
  }
  return changed;
}

void expect_known_unchanged(const Image& before, const Image& after, const Mask& hole) {
  ASSERT_EQ(after.width(), before.width());
  ASSERT_EQ(after.height(), before.height());
  ASSERT_EQ(after.channels(), before.channels());
  ASSERT_EQ(after.depth(), before.depth());
  for (const std::size_t i : changed_pixels(before, after)) {
    ASSERT_EQ(hole.missing[i], 1) << "pixel " << i << " is known";
  }
  if (!before.has_alpha()) return;
  for (std::size_t i = 0; i < before.pixels(); ++i) {
    ASSERT_EQ(sample(after, i, after.channels() - 1), sample(before, i, before.channels() - 1));
  }
}

struct Kind {
  int channels;
  Depth depth;
};

class InpaintKinds : public ::testing::TestWithParam<Kind> {};

TEST_P(InpaintKinds, ChangesTheColoursOfTheHoleAndNothingElse) {
  const auto [channels, depth] = GetParam();
  const Image image = noise(45, 38, channels, depth);
  const Mask mask = rectangle(45, 38, 10, 7, 30, 25);
  const Inpainted result = inpaint(open_network(), image, mask);
  expect_known_unchanged(image, result.image, mask);
  EXPECT_EQ(result.replaced.count(), mask.count());
  EXPECT_GT(changed_pixels(image, result.image).size(), mask.count() * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(All, InpaintKinds,
                         ::testing::Values(Kind{1, Depth::u8}, Kind{2, Depth::u8},
                                           Kind{3, Depth::u8}, Kind{4, Depth::u8},
                                           Kind{1, Depth::u16}, Kind{2, Depth::u16},
                                           Kind{3, Depth::u16}, Kind{4, Depth::u16}),
                         [](const auto& kind) {
                           return std::to_string(kind.param.channels) + "Channels" +
                                  (kind.param.depth == Depth::u8 ? "8Bit" : "16Bit");
                         });

// The hole's old content must not matter, because it is to be removed.
TEST(Inpaint, DoesNotLookIntoTheHole) {
  const Mask mask = rectangle(40, 40, 8, 8, 32, 20);
  Image one = smooth(40, 40, 3, Depth::u8), other = one;
  for (std::size_t i = 0; i < mask.missing.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      if (mask.missing[i] != 0) other.bytes()[i * 3 + c] = static_cast<std::uint8_t>(i * 7);
    }
  }
  const Backend network = open_network();
  EXPECT_EQ(inpaint(network, one, mask).image.bytes(), inpaint(network, other, mask).image.bytes());
  // A soft edge blends in the surroundings of the marked hole, and still nothing from inside.
  const InpaintOptions soft{.dilate = 0, .feather = 3};
  const Image a = inpaint(network, one, mask, soft).image;
  const Image b = inpaint(network, other, mask, soft).image;
  EXPECT_EQ(a.bytes(), b.bytes());
}

TEST(Inpaint, MatchesTheNetworkRunByHand) {
  const Backend network = open_network();
  const Image image = smooth(32, 24, 3, Depth::u8);
  const Mask mask = rectangle(32, 24, 5, 5, 20, 15);
  engine::Tensor input(1, 24, 32, 4);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    const bool missing = mask.missing[i] != 0;
    for (int c = 0; c < 3; ++c) {
      input.data()[i * 4 + static_cast<std::size_t>(c)] =
          missing ? 0 : static_cast<float>(sample(image, i, c)) / 255;
    }
    input.data()[i * 4 + 3] = missing ? 1 : 0;
  }
  const engine::Tensor expected = network.forward(std::move(input), {0, 0, 24, 32}, nullptr);
  const Image rounded = inpaint(network, image, mask, {.match = Matching::off}).image;
  const Image truncated = inpaint(network, image, mask, {.published = true}).image;
  bool differ = false;
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    if (mask.missing[i] == 0) continue;
    for (int c = 0; c < 3; ++c) {
      const float value = expected.data()[i * 3 + static_cast<std::size_t>(c)] * 255;
      ASSERT_EQ(sample(rounded, i, c), static_cast<int>(std::floor(value + 0.5F)));
      ASSERT_EQ(sample(truncated, i, c), static_cast<int>(value));
      differ = differ || sample(rounded, i, c) != sample(truncated, i, c);
    }
  }
  EXPECT_TRUE(differ) << "the two ways to make samples are not the same";
}

TEST(Inpaint, AddsToTheInterpolationForNetworksTrainedSo) {
  const Backend network = open_network();
  const Image image = smooth(30, 24, 3, Depth::u8);
  const Mask mask = rectangle(30, 24, 5, 5, 20, 15);
  std::vector<float> expected(image.pixels() * 3);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] = static_cast<float>(image.bytes()[i]) / 255;
  }
  interpolate_missing(expected.data(), 24, 30, 3, mask.missing.data());
  Backend backend = network;
  backend.config.missing_pixels = model::MissingPixels::interpolated;
  backend.forward = [&](const engine::Tensor& input, const engine::Region& wanted,
                        const engine::Observer&) {
    for (std::size_t i = 0; i < image.pixels(); ++i) {
      const float* pixel = input.data() + (i / 30 * 32 + i % 30) * 4;
      for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(pixel[c], expected[i * 3 + c]);
      EXPECT_EQ(pixel[3], mask.missing[i]);
    }
    engine::Tensor brighter(1, wanted.height, wanted.width, 3);
    std::fill_n(brighter.data(), 3 * wanted.height * wanted.width, 0.1F);
    return brighter;
  };
  const Image filled = inpaint(backend, image, mask, {.match = Matching::off}).image;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (mask.missing[i / 3] == 0) continue;
    EXPECT_EQ(filled.bytes()[i], static_cast<int>((0.1F + expected[i]) * 255 + 0.5F));
  }
}

// Sizes that the network does not accept are extended by mirroring with the edge pixels repeated,
// as in the published code: the result equals that of a picture extended beforehand.
TEST(Inpaint, ExtendsByMirroring) {
  const Backend network = open_network();
  const Image image = noise(19, 17, 3, Depth::u8);
  const Mask mask = rectangle(19, 17, 12, 9, 19, 17);  // reaches the corner: also mirrored
  Image larger(24, 24, 3, Depth::u8);
  Mask larger_mask{24, 24, {}};
  for (std::size_t y = 0; y < 24; ++y) {
    for (std::size_t x = 0; x < 24; ++x) {
      const std::size_t from = (y < 17 ? y : 33 - y) * 19 + (x < 19 ? x : 37 - x);
      std::copy_n(image.bytes().begin() + static_cast<std::ptrdiff_t>(from * 3), 3,
                  larger.bytes().begin() + static_cast<std::ptrdiff_t>((y * 24 + x) * 3));
      larger_mask.missing.push_back(mask.missing[from]);
    }
  }
  // The mirrored part has a ring of its own.
  const InpaintOptions plain{.match = Matching::off};
  const Image result = inpaint(network, image, mask, plain).image;
  const Image expected = inpaint(network, larger, larger_mask, plain).image;
  for (std::size_t y = 0; y < 17; ++y) {
    for (std::size_t x = 0; x < 19; ++x) {
      for (int c = 0; c < 3; ++c) {
        ASSERT_EQ(sample(result, y * 19 + x, c), sample(expected, y * 24 + x, c)) << x << " " << y;
      }
    }
  }
}

TEST(Inpaint, TakesAnySize) {
  const Backend network = open_network();
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 50}, {50, 1}, {17, 9}, {8, 8}, {16, 16}, {2, 3}, {15, 33}}) {
    const Image image = noise(width, height, 3, Depth::u8);
    Mask mask = rectangle(width, height, 0, 0, width, height);  // everything, then a part
    EXPECT_EQ(inpaint(network, image, mask).replaced.count(), image.pixels())
        << width << " x " << height;
    for (std::size_t i = 0; i < mask.missing.size(); i += 2) mask.missing[i] = 0;
    expect_known_unchanged(image, inpaint(network, image, mask).image, mask);
  }
}

TEST(Inpaint, ReturnsThePictureIfNothingIsMissing) {
  const Image image = noise(20, 20, 4, Depth::u16);
  bool ran = false;
  const Inpainted result =
      inpaint(open_network(), image, rectangle(20, 20, 0, 0, 0, 0), {.dilate = 5, .feather = 5},
              [&ran](const engine::LayerDone&) { ran = true; });
  EXPECT_EQ(result.image.bytes(), image.bytes());
  EXPECT_EQ(result.replaced.count(), 0U);
  EXPECT_FALSE(ran);
}

TEST(Inpaint, FillsAPictureThatIsAllHole) {
  const Backend network = open_network();
  const Mask all = rectangle(24, 24, 0, 0, 24, 24);
  const Inpainted one = inpaint(network, noise(24, 24, 3, Depth::u8, 1), all);
  const Inpainted two = inpaint(network, noise(24, 24, 3, Depth::u8, 2), all, {.feather = 9});
  EXPECT_EQ(one.replaced.count(), 24U * 24);
  EXPECT_EQ(one.image.bytes(), two.image.bytes()) << "nothing was known, nothing can show through";
}

TEST(Inpaint, GreyIsTheLumaOfTheNetworksAnswerToGrey) {
  const Backend network = open_network();
  const Image grey = smooth(32, 32, 1, Depth::u16);
  Image colour(32, 32, 3, Depth::u16);
  for (std::size_t i = 0; i < colour.pixels() * 3; ++i) {
    colour.samples<std::uint16_t>()[i] = grey.samples<std::uint16_t>()[i / 3];
  }
  const Mask mask = rectangle(32, 32, 8, 8, 24, 24);
  const Image expected = inpaint(network, colour, mask).image;
  const Image result = inpaint(network, grey, mask).image;
  for (std::size_t i = 0; i < grey.pixels(); ++i) {
    const double luma = 0.299 * sample(expected, i, 0) + 0.587 * sample(expected, i, 1) +
                        0.114 * sample(expected, i, 2);
    ASSERT_NEAR(sample(result, i, 0), luma, 1.01) << i;
  }
}

TEST(Inpaint, GreyPicturesStoredAsColoursStayGrey) {
  std::mt19937 random(2);
  for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
    for (const int channels : {3, 4}) {
      Image image = smooth(40, 32, channels, depth);
      const Mask mask = rectangle(40, 32, 10, 8, 26, 20);
      const auto stride = static_cast<std::size_t>(channels);
      visit_samples(image, [&](auto* samples) {
        using Sample = std::remove_pointer_t<decltype(samples)>;
        for (std::size_t i = 0; i < image.pixels(); ++i) {
          // The removed object is coloured, and each sample is off by up to 2/255, as after a JPEG.
          for (std::size_t c = 1; c < 3 && mask.missing[i] == 0; ++c) {
            samples[i * stride + c] = static_cast<Sample>(
                samples[i * stride] +
                static_cast<Sample>(image.max_value() * static_cast<int>(random() % 3) / 255.0));
          }
        }
      });
      const auto colour_of = [&](const Inpainted& filled) {
        double most = 0;
        visit_samples(filled.image, [&](const auto* samples) {
          for (std::size_t i = 0; i < image.pixels(); ++i) {
            if (filled.replaced.missing[i] == 0) continue;
            const auto* pixel = samples + i * stride;
            most = std::max(most, static_cast<double>(std::max({pixel[0], pixel[1], pixel[2]}) -
                                                      std::min({pixel[0], pixel[1], pixel[2]})));
          }
        });
        return most;
      };
      EXPECT_EQ(colour_of(inpaint(open_network(), image, mask)), 0);
      EXPECT_GT(colour_of(inpaint(open_network(), image, mask, {.published = true})), 0);
    }
  }
}

TEST(Inpaint, SixteenBitHolesAreNotStretchedEightBit) {
  const Image image = smooth(40, 40, 3, Depth::u16);
  const Mask mask = rectangle(40, 40, 10, 10, 30, 30);
  const Image result = inpaint(open_network(), image, mask).image;
  int stretched = 0, samples = 0;
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    for (int c = 0; c < 3 && mask.missing[i] != 0; ++c, ++samples) {
      stretched += sample(result, i, c) % 257 == 0 ? 1 : 0;
    }
  }
  EXPECT_EQ(samples, 1200);
  EXPECT_LT(stretched, 24) << "about one in 257 is a multiple by chance";

  // The 8-bit result of the same picture is equal, but coarser.
  Image coarse(40, 40, 3, Depth::u8);
  Image exact(40, 40, 3, Depth::u16);
  for (std::size_t i = 0; i < image.pixels() * 3; ++i) {
    coarse.bytes()[i] = static_cast<std::uint8_t>(image.samples<std::uint16_t>()[i] / 257);
    exact.samples<std::uint16_t>()[i] = static_cast<std::uint16_t>(coarse.bytes()[i] * 257);
  }
  const Image coarse_result = inpaint(open_network(), coarse, mask).image;
  const Image exact_result = inpaint(open_network(), exact, mask).image;
  for (std::size_t i = 0; i < image.pixels() * 3; ++i) {
    ASSERT_NEAR(coarse_result.bytes()[i] * 257, exact_result.samples<std::uint16_t>()[i], 130);
  }
}

// --- Growing and softening ---

TEST(Inpaint, DilateFillsTheGrownHole) {
  const Backend network = open_network();
  const Image image = noise(48, 40, 3, Depth::u8);
  const Mask mask = rectangle(48, 40, 20, 15, 28, 22);
  const Inpainted result = inpaint(network, image, mask, {.dilate = 4});
  const Mask grown = dilate(mask, 4);
  expect_known_unchanged(image, result.image, grown);
  EXPECT_EQ(result.replaced.count(), grown.count());
  EXPECT_EQ(result.image.bytes(), inpaint(network, image, grown).image.bytes());
}

TEST(Inpaint, FeatherReplacesTheMarkedHoleEntirelyAndBlendsAroundIt) {
  const Backend network = open_network();
  const Image image = noise(64, 56, 4, Depth::u8);
  const Mask mask = rectangle(64, 56, 24, 20, 36, 32);
  constexpr int kDilate = 2, kFeather = 5;
  const Inpainted soft = inpaint(network, image, mask, {.dilate = kDilate, .feather = kFeather});
  const Mask hole = dilate(mask, kDilate), grown = dilate(hole, kFeather);
  expect_known_unchanged(image, soft.image, grown);
  EXPECT_EQ(soft.replaced.count(), grown.count());

  // The network saw the grown hole; a hard edge around the grown hole pastes the same answer.
  const Image pasted = inpaint(network, image, grown).image;
  const std::vector<float> distance = distance_to_hole(hole);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    for (int c = 0; c < 3; ++c) {
      if (hole.missing[i] != 0) {
        ASSERT_EQ(sample(soft.image, i, c), sample(pasted, i, c));
      }
      if (grown.missing[i] == 0) continue;
      const double cover = 1 - distance[i] / (kFeather + 1);
      const double blend = cover * sample(pasted, i, c) + (1 - cover) * sample(image, i, c);
      ASSERT_NEAR(sample(soft.image, i, c), blend, 1.01) << i;
    }
  }
}

TEST(Inpaint, GrownHolesMayReachBeyondThePicture) {
  const Image image = noise(20, 20, 3, Depth::u8);
  Mask corner = rectangle(20, 20, 19, 19, 20, 20);
  EXPECT_EQ(inpaint(open_network(), image, corner, {.dilate = 1000}).replaced.count(), 400U);
  EXPECT_EQ(inpaint(open_network(), image, corner, {.feather = 1000}).replaced.count(), 400U);
}

// --- Errors, progress, threads ---

// --- Colours and depths ---

TEST(Inpaint, FloatsAreFilledWithoutRoundingAndKeepHighlights) {
  const Image eight = smooth(48, 40, 3, Depth::u8);
  Image image(48, 40, 3, Depth::f32);
  for (std::size_t i = 0; i < 3 * image.pixels(); ++i) {
    image.samples<float>()[i] = static_cast<float>(eight.bytes()[i]) / 255;
  }
  const Mask mask = rectangle(48, 40, 10, 8, 30, 30);
  const Image expected = inpaint(open_network(), eight, mask).image;
  Image filled = inpaint(open_network(), image, mask).image;
  int odd = 0;
  for (std::size_t i = 0; i < 3 * image.pixels(); ++i) {
    const float value = filled.samples<float>()[i];
    EXPECT_NEAR(value * 255, expected.bytes()[i], 0.51) << i;
    if (mask.missing[i / 3] == 0) {
      EXPECT_EQ(value, image.samples<float>()[i]);
    } else if (std::abs(value * 255 - std::round(value * 255)) > 0.1F) {
      ++odd;
    }
  }
  EXPECT_GT(odd, 300) << "values between those of 8 bits";
  // Highlights above white stay, and are white to the network; NaN is black.
  Image bright = image, clamped = image;
  bright.samples<float>()[0] = 7;
  clamped.samples<float>()[0] = 1;
  bright.samples<float>()[1] = std::nanf("");
  clamped.samples<float>()[1] = 0;
  filled = inpaint(open_network(), bright, mask).image;
  EXPECT_EQ(filled.samples<float>()[0], 7);
  EXPECT_TRUE(std::isnan(filled.samples<float>()[1]));
  const Image other = inpaint(open_network(), clamped, mask).image;
  EXPECT_TRUE(std::equal(filled.samples<float>() + 2, filled.samples<float>() + 48 * 40 * 3,
                         other.samples<float>() + 2));
}

/// Colours that are the negative of sRGB; CMYK without black ink, grey as the mean.
class Negative : public ColourConverter {
 public:
  explicit Negative(ColourModel model) : model_(model) {}
  Image to_srgb(const Image& image) const override {
    Image srgb(image.width(), image.height(), 3, Depth::u16);
    const auto channels = static_cast<std::size_t>(image.channels());
    visit_samples(image, [&](const auto* samples) {
      for (std::size_t i = 0; i < image.pixels(); ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
          const double value =
              static_cast<double>(samples[i * channels + (model_ == ColourModel::grey ? 0 : c)]);
          srgb.samples<std::uint16_t>()[3 * i + c] =
              static_cast<std::uint16_t>(std::lround((1 - value / image.max_value()) * 65535));
        }
      }
    });
    return srgb;
  }
  Image from_srgb(const Image& srgb) const override {
    Image image(srgb.width(), srgb.height(), model_, false, Depth::u16);
    const auto channels = static_cast<std::size_t>(image.channels());
    for (std::size_t i = 0; i < image.pixels(); ++i) {
      const auto* rgb = srgb.samples<std::uint16_t>() + 3 * i;
      auto* out = image.samples<std::uint16_t>() + channels * i;
      if (model_ == ColourModel::grey) {
        out[0] = static_cast<std::uint16_t>(65535 - (rgb[0] + rgb[1] + rgb[2]) / 3);
      } else {
        for (std::size_t c = 0; c < 3; ++c) out[c] = static_cast<std::uint16_t>(65535 - rgb[c]);
        if (channels == 4) out[3] = 0;
      }
    }
    return image;
  }

 private:
  ColourModel model_;
};

TEST(Inpaint, OtherColoursAreConvertedForTheNetworkAndBack) {
  const Image image = smooth(48, 40, 3, Depth::u16);
  Image negative = image;
  for (std::size_t i = 0; i < 3 * image.pixels(); ++i) {
    auto& sample = negative.samples<std::uint16_t>()[i];
    sample = static_cast<std::uint16_t>(65535 - sample);
  }
  const Mask mask = rectangle(48, 40, 10, 8, 30, 30);
  const Negative colour(ColourModel::rgb);
  const Image expected = inpaint(open_network(), image, mask).image;
  const Image filled = inpaint(open_network(), negative, mask, {.colour = &colour}).image;
  expect_known_unchanged(negative, filled, mask);
  for (std::size_t i = 0; i < 3 * image.pixels(); ++i) {
    EXPECT_NEAR(65535 - filled.samples<std::uint16_t>()[i], expected.samples<std::uint16_t>()[i],
                1);
  }
}

TEST(Inpaint, GreyPicturesInOtherColoursStayGrey) {
  Image image(48, 40, 3, Depth::u8);
  const Image shades = smooth(48, 40, 1, Depth::u8);
  for (std::size_t i = 0; i < image.bytes().size(); ++i) image.bytes()[i] = shades.bytes()[i / 3];
  const Mask mask = rectangle(48, 40, 10, 8, 30, 30);
  const Negative colour(ColourModel::rgb);
  const Image filled = inpaint(open_network(), image, mask, {.colour = &colour}).image;
  expect_known_unchanged(image, filled, mask);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    ASSERT_EQ(sample(filled, i, 0), sample(filled, i, 1)) << i;
    ASSERT_EQ(sample(filled, i, 0), sample(filled, i, 2)) << i;
  }
}

TEST(Inpaint, CmykIsFilledInCmyk) {
  Image image(48, 40, ColourModel::cmyk, true, Depth::u8);
  const Image rgb = smooth(48, 40, 3, Depth::u8);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      image.bytes()[5 * i + c] = static_cast<std::uint8_t>(255 - rgb.bytes()[3 * i + c]);
    }
    image.bytes()[5 * i + 3] = 0;
    image.bytes()[5 * i + 4] = 200;
  }
  const Mask mask = rectangle(48, 40, 10, 8, 30, 30);
  const Negative colour(ColourModel::cmyk);
  const Image filled = inpaint(open_network(), image, mask, {.colour = &colour}).image;
  expect_known_unchanged(image, filled, mask);
  const Image expected = inpaint(open_network(), rgb, mask).image;
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(255 - filled.bytes()[5 * i + c], expected.bytes()[3 * i + c], 1);
    }
  }
  const std::string message = testing::error_of([&] { inpaint(open_network(), image, mask); });
  EXPECT_NE(message.find("profile"), std::string::npos) << message;
}

/// Ink that only darkens what is below it, black a little less than all and a little warm.
class Press : public ColourConverter {
 public:
  Image to_srgb(const Image& image) const override {
    Image srgb(image.width(), image.height(), 3, Depth::u16);
    const auto channels = static_cast<std::size_t>(image.channels());
    visit_samples(image, [&](const auto* pixel) {
      for (std::size_t i = 0; i < image.pixels(); ++i, pixel += channels) {
        const auto share = [&](std::size_t c) {
          return static_cast<double>(pixel[c]) / image.max_value();
        };
        for (std::size_t c = 0; c < 3; ++c) {
          const double black = (0.9 + 0.02 * static_cast<double>(c)) * share(3);
          srgb.samples<std::uint16_t>()[3 * i + c] =
              static_cast<std::uint16_t>(std::lround((1 - share(c)) * (1 - black) * 65535));
        }
      }
    });
    return srgb;
  }
  Image from_srgb(const Image& srgb) const override {
    Image ink(srgb.width(), srgb.height(), ColourModel::cmyk, false, Depth::u16);
    for (std::size_t i = 0; i < ink.pixels(); ++i) {
      for (std::size_t c = 0; c < 3; ++c) {
        ink.samples<std::uint16_t>()[4 * i + c] =
            static_cast<std::uint16_t>(65535 - srgb.samples<std::uint16_t>()[3 * i + c]);
      }
    }
    return ink;
  }
};

TEST(Inpaint, BlackInkIsFilledWithBlackInkAsDark) {
  const Press colour;
  const Mask mask = rectangle(48, 40, 10, 8, 30, 30);
  for (const Depth depth : {Depth::u8, Depth::u16}) {
    Image image(48, 40, ColourModel::cmyk, false, depth);
    visit_samples(image, [&](auto* samples) {
      using Sample = std::remove_pointer_t<decltype(samples)>;
      for (std::size_t i = 0; i < image.pixels(); ++i) {
        samples[4 * i + 3] = static_cast<Sample>(0.6 * image.max_value());
        // The removed object is coloured.
        if (mask.missing[i] != 0) samples[4 * i + 1] = static_cast<Sample>(image.max_value());
      }
    });
    // Copies of the surroundings have one shade alone.
    const Image filled = inpaint(Backend::copying(2), image, mask, {.colour = &colour}).image;
    expect_known_unchanged(image, filled, mask);
    for (std::size_t i = 0; i < image.pixels(); ++i) {
      for (int c = 0; c < 3; ++c) ASSERT_EQ(sample(filled, i, c), 0) << i;
      ASSERT_NEAR(sample(filled, i, 3), 0.6 * image.max_value(), 0.01 * image.max_value()) << i;
    }
    const Image coloured =
        inpaint(open_network(), image, mask, {.published = true, .colour = &colour}).image;
    EXPECT_GT(sample(coloured, 20 * 48 + 20, 0) + sample(coloured, 20 * 48 + 20, 1), 0);
  }
}

TEST(Inpaint, GreyProfilesFillGrey) {
  const Image image = smooth(48, 40, 1, Depth::u8);
  const Negative colour(ColourModel::grey);
  const Mask mask = rectangle(48, 40, 10, 8, 30, 30);
  const Image filled = inpaint(open_network(), image, mask, {.colour = &colour}).image;
  expect_known_unchanged(image, filled, mask);
  EXPECT_GT(changed_pixels(image, filled).size(), 100U);
}

// --- Detail ---

TEST(InpaintDetail, IsAddedToHolesSeenScaledDown) {
  const Backend network = open_network();
  const Image image = noise(2200, 200, 3, Depth::u8);
  const Mask mask = rectangle(2200, 200, 400, 30, 1700, 200);
  const auto sharpness = [&](const InpaintOptions& options) {
    const Inpainted filled = inpaint(network, image, mask, options);
    expect_known_unchanged(image, filled.image, mask);
    double sum = 0;
    for (std::size_t i = 100 * 2200 + 500; i < 100 * 2200 + 1600; ++i) {
      sum += std::abs(sample(filled.image, i, 1) - sample(filled.image, i + 1, 1));
    }
    return sum / 1100;
  };
  // Neighbours in the picture differ by 85 on average. Most of the noise is in its high band.
  EXPECT_GT(sharpness({}), 40);
  EXPECT_LT(sharpness({.detail = Detail::off}), 25);
}

TEST(InpaintDetail, IsAddedToOthersOnRequestAndNeverAsPublished) {
  const Backend network = open_network();
  const Image image = noise(200, 150, 3, Depth::u8);
  const Mask mask = rectangle(200, 150, 60, 50, 120, 100);
  const auto filled = [&](const InpaintOptions& options) {
    return inpaint(network, image, mask, options).image.bytes();
  };
  EXPECT_EQ(filled({}), filled({.detail = Detail::off}));
  EXPECT_NE(filled({}), filled({.detail = Detail::on}));
  EXPECT_EQ(filled({.detail = Detail::on, .published = true}), filled({.published = true}));
}

// --- Transparency ---

TEST(Inpaint, TheNetworkDoesNotSeeTransparentPixels) {
  Image image = smooth(48, 40, 4, Depth::u8);
  for (std::size_t i = 0; i < image.pixels(); ++i) image.bytes()[4 * i + 3] = i % 48 < 20 ? 0 : 255;
  Image other = image;
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    if (i % 48 < 20) other.bytes()[4 * i] = static_cast<std::uint8_t>(255 - other.bytes()[4 * i]);
  }
  const Mask mask = rectangle(48, 40, 25, 8, 40, 30);
  const Image a = inpaint(open_network(), image, mask).image;
  const Image b = inpaint(open_network(), other, mask).image;
  expect_known_unchanged(image, a, mask);
  expect_known_unchanged(other, b, mask);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    if (mask.missing[i] == 1) {
      EXPECT_EQ(sample(a, i, 0), sample(b, i, 0));
    }
  }
  // The published program reads pictures without their alpha.
  const Image c = inpaint(open_network(), image, mask, {.published = true}).image;
  const Image d = inpaint(open_network(), other, mask, {.published = true}).image;
  EXPECT_NE(sample(c, 48 * 20 + 30, 0), sample(d, 48 * 20 + 30, 0));
}

TEST(Inpaint, AlphaStaysUnlessTheHoleBecomesOpaque) {
  for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
    const Image image = smooth(48, 40, 4, depth);
    const Mask mask = rectangle(48, 40, 10, 8, 30, 30);
    expect_known_unchanged(image, inpaint(open_network(), image, mask).image, mask);
    const Inpainted opaque = inpaint(open_network(), image, mask, {.feather = 2, .opaque = true});
    visit_samples(opaque.image, [&](const auto* after) {
      visit_samples(image, [&](const auto* before) {
        for (std::size_t i = 0; i < image.pixels(); ++i) {
          const auto now = static_cast<double>(after[4 * i + 3]);
          const auto was = static_cast<double>(before[4 * i + 3]);
          if (mask.missing[i] == 1) {
            EXPECT_EQ(now, image.max_value());
          } else if (opaque.replaced.missing[i] == 1) {
            EXPECT_GT(now, was);
            EXPECT_LT(now, image.max_value());
          } else {
            EXPECT_EQ(now, was);
          }
        }
      });
    });
  }
}

// --- Parts of large pictures ---

struct StrategyCase {
  Strategy strategy;
  int channels;
  Depth depth;
};
class InpaintStrategies : public ::testing::TestWithParam<StrategyCase> {};

TEST_P(InpaintStrategies, ReplaceTheHoleAndNothingElse) {
  const auto [strategy, channels, depth] = GetParam();
  const Image image = noise(1300, 200, channels, depth);
  Mask mask = rectangle(1300, 200, 30, 40, 60, 70);
  const Mask second = rectangle(1300, 200, 1270, 180, 1300, 200);
  for (std::size_t i = 0; i < mask.missing.size(); ++i) mask.missing[i] |= second.missing[i];
  const Inpainted result =
      inpaint(open_network(), image, mask, {.dilate = 2, .feather = 3, .strategy = strategy});
  expect_known_unchanged(image, result.image, result.replaced);
  // As documented: grown by 2, then within 3 of that.
  const Mask hole = dilate(mask, 2);
  const std::vector<float> distance = distance_to_hole(hole);
  for (std::size_t i = 0; i < distance.size(); ++i) {
    EXPECT_EQ(result.replaced.missing[i] == 1, distance[i] <= 3) << i;
  }
  ASSERT_GE(result.notes.size(), 2U);
  EXPECT_NE(result.notes[1].find("memory"), std::string::npos) << result.notes[1];
}

INSTANTIATE_TEST_SUITE_P(All, InpaintStrategies,
                         ::testing::Values(StrategyCase{Strategy::automatic, 3, Depth::u8},
                                           StrategyCase{Strategy::full, 3, Depth::u8},
                                           StrategyCase{Strategy::crop, 3, Depth::u16},
                                           StrategyCase{Strategy::crop, 2, Depth::u8},
                                           StrategyCase{Strategy::crop, 4, Depth::u16},
                                           StrategyCase{Strategy::resize, 3, Depth::u8},
                                           StrategyCase{Strategy::resize, 1, Depth::u16}));

TEST(InpaintCrop, IsTheWholeProcedureOnTheCutOutPart) {
  const Image image = smooth(1300, 700, 3, Depth::u8);
  // Half of 300 pixels of context on each side; all sides are already multiples of 8.
  const Mask mask = rectangle(1300, 700, 600, 200, 900, 404);
  const Image filled = inpaint(open_network(), image, mask, {.strategy = Strategy::crop}).image;
  const int x0 = 450, y0 = 50, width = 600, height = 504;
  Image part(width, height, 3, Depth::u8), expected = part;
  Mask part_mask{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto from = static_cast<std::size_t>((y + y0) * 1300 + x + x0);
      const auto to = static_cast<std::size_t>(y * width + x);
      for (std::size_t c = 0; c < 3; ++c) {
        part.bytes()[3 * to + c] = image.bytes()[3 * from + c];
        expected.bytes()[3 * to + c] = filled.bytes()[3 * from + c];
      }
      part_mask.missing.push_back(mask.missing[from]);
    }
  }
  EXPECT_EQ(inpaint(open_network(), part, part_mask).image.bytes(), expected.bytes());
}

TEST(InpaintCrop, LargeHolesAreSeenScaledDownAndKnownPixelsStay) {
  Image image(2600, 300, 1, Depth::u8);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    image.bytes()[i] = static_cast<std::uint8_t>(i % 2600 / 11);
  }
  const Mask mask = rectangle(2600, 300, 500, 0, 2000, 300);
  const Inpainted whole = inpaint(open_network(), image, mask, {.strategy = Strategy::resize});
  EXPECT_NE(whole.notes[0].find("seen at 1024 x 118"), std::string::npos) << whole.notes[0];
  expect_known_unchanged(image, whole.image, mask);
}

TEST(InpaintCrop, ProgressRunsOnceOverAllParts) {
  const Image image = noise(2000, 300, 3, Depth::u8);
  Mask mask = rectangle(2000, 300, 10, 10, 40, 40);
  const Mask second = rectangle(2000, 300, 1900, 200, 1950, 250);
  for (std::size_t i = 0; i < mask.missing.size(); ++i) mask.missing[i] |= second.missing[i];
  double last = 0;
  int layers = 0;
  const Inpainted result =
      inpaint(open_network(), image, mask, {}, [&](const engine::LayerDone& layer) {
        EXPECT_GE(layer.done, last);
        last = layer.done;
        ++layers;
      });
  EXPECT_NE(result.notes[0].find("2 groups"), std::string::npos) << result.notes[0];
  EXPECT_NEAR(last, 1, 1e-9);
  EXPECT_GT(layers, 10);
}

// A grown hole is round: of the square around the stroke's end the last tile has an empty corner.
TEST(InpaintCrop, ProgressEndsAtOneAlsoIfTheLastPartReplacesNothing) {
  Backend backend = open_network();
  // No tile is joined with another one.
  backend.peak_bytes = [](std::size_t, std::size_t height, std::size_t width) {
    return height * width > std::size_t{264} * 264 ? std::size_t{1} << 40 : 1;
  };
  const Mask stroke = rectangle(1200, 1200, 0, 1016, 1017, 1017);
  double last = 0;
  const Inpainted result = inpaint(backend, noise(1200, 1200, 1, Depth::u8), stroke,
                                   {.dilate = 10,
                                    .strategy = Strategy::crop,
                                    .detail = Detail::off,
                                    .memory_limit = 100'000'000},
                                   [&](const engine::LayerDone& layer) {
                                     EXPECT_GE(layer.done, last);
                                     last = layer.done;
                                   });
  EXPECT_EQ(result.replaced.missing[1024 * 1200 + 1024], 0);
  EXPECT_NEAR(last, 1, 1e-9);
}

TEST(InpaintCrop, DistantPixelsPlayNoRole) {
  const Image image = noise(3000, 400, 3, Depth::u8);
  Image other = image;
  for (std::size_t i = 0; i < other.pixels(); ++i) {
    if (i % 3000 > 1500) other.bytes()[3 * i] ^= 0xffU;
  }
  const Mask mask = rectangle(3000, 400, 100, 100, 200, 200);
  const Image a = inpaint(open_network(), image, mask).image;
  const Image b = inpaint(open_network(), other, mask).image;
  for (const std::size_t i : changed_pixels(a, b)) ASSERT_GT(i % 3000, 1500U);
}

TEST(Inpaint, NamesBothSizesIfTheyDiffer) {
  const std::string error = testing::error_of(
      [] { inpaint(open_network(), Image(20, 30, 3, Depth::u8), rectangle(30, 20, 0, 0, 9, 9)); });
  EXPECT_NE(error.find("30 x 20"), std::string::npos) << error;
  EXPECT_NE(error.find("20 x 30"), std::string::npos) << error;
}

TEST(Inpaint, ProgressGrowsToOne) {
  double last = 0;
  int calls = 0;
  const Image image = noise(40, 40, 3, Depth::u8);
  inpaint(open_network(), image, rectangle(40, 40, 5, 5, 30, 30), {},
          [&](const engine::LayerDone& layer) {
            EXPECT_GT(layer.done, last);
            EXPECT_LE(layer.done, 1);
            EXPECT_FALSE(layer.name.empty());
            last = layer.done;
            ++calls;
          });
  EXPECT_DOUBLE_EQ(last, 1);
  EXPECT_GT(calls, 8);
}

TEST(Inpaint, StopsWhenTheObserverThrowsAndRunsAgain) {
  const Backend network = open_network();
  const Image image = noise(40, 40, 3, Depth::u8);
  const Mask mask = rectangle(40, 40, 5, 5, 30, 30);
  const auto expected = inpaint(network, image, mask).image.bytes();
  int calls = 0;
  const auto stop = [&calls](const engine::LayerDone&) {
    if (++calls == 3) throw Cancelled();
  };
  EXPECT_THROW(inpaint(network, image, mask, {}, stop), Cancelled);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(inpaint(network, image, mask).image.bytes(), expected);
}

TEST(Inpaint, HasTheSameBitsForEveryNumberOfThreads) {
  const Image image = noise(75, 61, 3, Depth::u16);
  const Mask mask = rectangle(75, 61, 12, 10, 50, 40);
  const InpaintOptions options{.dilate = 2, .feather = 3};
  const auto expected = inpaint(open_network(1), image, mask, options).image.bytes();
  for (const int threads : {1, 2, 3}) {
    EXPECT_EQ(inpaint(open_network(threads), image, mask, options).image.bytes(), expected)
        << threads;
  }
}

TEST(Inpaint, MeasuresItsStages) {
  const Image image = noise(64, 64, 3, Depth::u8);
  const Backend network = open_network();
  const auto start = std::chrono::steady_clock::now();
  const Inpainted result = inpaint(network, image, rectangle(64, 64, 5, 5, 30, 30));
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - start;
  EXPECT_GT(result.prepare_seconds, 0);
  EXPECT_GT(result.network_seconds, 0);
  EXPECT_EQ(result.copy_seconds, 0);
  EXPECT_GT(result.compose_seconds, 0);
  EXPECT_LE(result.prepare_seconds + result.network_seconds + result.compose_seconds,
            whole.count());
}

TEST(Inpaint, CopiesTheSurroundingsIntoHolesTooThickForTheNetwork) {
  const Backend network = open_network();
  const Backend backend = for_thin_holes(network);
  const Image picture = smooth(160, 128, 3, Depth::u8);
  const Mask thin = rectangle(160, 128, 20, 60, 140, 80),
             thick = rectangle(160, 128, 40, 40, 100, 61);
  const auto fill = [&](const Backend& with, const Mask& mask, const InpaintOptions& options) {
    return inpaint(with, picture, mask, options).image;
  };
  EXPECT_TRUE(changed_pixels(fill(backend, thin, {}), fill(network, thin, {})).empty());
  const Image copied = fill(backend, thick, {});
  EXPECT_FALSE(changed_pixels(copied, fill(network, thick, {})).empty());
  expect_known_unchanged(picture, copied, thick);
  EXPECT_TRUE(changed_pixels(copied, fill(backend, thick, {})).empty()) << "the same every time";
  const InpaintOptions published{.published = true};
  EXPECT_TRUE(
      changed_pixels(fill(backend, thick, published), fill(network, thick, published)).empty());
  // With little memory the fill uses a smaller copy of the picture.
  expect_known_unchanged(picture, fill(backend, thick, {.memory_limit = 6'000'000}), thick);
}

TEST(Inpaint, CopiesFillEveryHoleWithoutANetwork) {
  const Image picture = smooth(160, 128, 3, Depth::u8);
  Mask mask = rectangle(160, 128, 40, 40, 100, 61);
  mask.missing[3 * 160 + 3] = 1;
  const Inpainted filled = inpaint(Backend::copying(1), picture, mask);
  expect_known_unchanged(picture, filled.image, mask);
  EXPECT_EQ(filled.replaced.missing, mask.missing);
  EXPECT_EQ(inpaint(Backend::copying(3), picture, mask).image.bytes(), filled.image.bytes());
  EXPECT_EQ(inpaint(Backend::copying(3).with_threads(1), picture, mask).image.bytes(),
            filled.image.bytes());
  EXPECT_THROW((void)inpaint(Backend::copying(1), picture, mask, {.published = true}), Error);
}

// Thin holes of a picture are the network's also beside a thick one.
TEST(Inpaint, AThickHoleLeavesThinOnesToTheNetwork) {
  const Backend backend = for_thin_holes(open_network());
  const Image picture = smooth(160, 128, 3, Depth::u8);
  const Mask thin = rectangle(160, 128, 10, 100, 80, 106);
  Mask both = rectangle(160, 128, 40, 20, 100, 61);
  for (std::size_t i = 0; i < both.missing.size(); ++i) both.missing[i] |= thin.missing[i];
  const Image filled = inpaint(backend, picture, both, {}).image;
  const Image copied = inpaint(Backend::copying(1), picture, both, {}).image;
  const std::vector<std::size_t> differ = changed_pixels(filled, copied);
  EXPECT_FALSE(differ.empty());
  for (const std::size_t i : differ) EXPECT_NE(thin.missing[i], 0) << i;
}

// Otherwise folder runs, whose lanes share the memory, would depend on the number of lanes.
TEST(Inpaint, CopiesInTheMemoryOfTheirEstimateAreThoseInAnyMemory) {
  const Image picture = noise(400, 300, 3, Depth::u8);
  const Mask mask = rectangle(400, 300, 100, 80, 220, 180);
  for (const Backend& backend : {Backend::copying(1), for_thin_holes(open_network())}) {
    const auto filled = [&](std::size_t memory) {
      return inpaint(backend, picture, mask, {.memory_limit = memory}).image.bytes();
    };
    const std::size_t estimate = cost_of(backend, mask, {}).bytes;
    EXPECT_LE(estimate, most_bytes(backend, 400, 300));
    EXPECT_EQ(filled(estimate), filled(0));
    EXPECT_EQ(cost_of(backend, mask, {.memory_limit = estimate}).bytes, estimate);
    const std::size_t half = estimate / 2;
    EXPECT_LE(cost_of(backend, mask, {.memory_limit = half}).bytes, half);
  }
  EXPECT_NE(inpaint(Backend::copying(1), picture, mask, {.memory_limit = 9'000'000}).image.bytes(),
            inpaint(Backend::copying(1), picture, mask).image.bytes());
}

TEST(Inpaint, StartsNoThreadsBesideTheNetworks) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  const Backend network = open_network();
  Backend backend = network;
  backend.copying_threads = 5;
  std::ptrdiff_t during = 0;
  backend.forward = [&](engine::Tensor input, const engine::Region& wanted,
                        const engine::Observer& observer) {
    during = threads();
    return network.forward(std::move(input), wanted, observer);
  };
  const std::ptrdiff_t before = threads();
  (void)inpaint(backend, smooth(64, 64, 3, Depth::u8), rectangle(64, 64, 20, 20, 40, 40), {});
  EXPECT_EQ(during, before);
}

TEST(Inpaint, AnswersThatAreNoNumbersBecomeBlack) {
  const Backend network = open_network();
  Backend backend = network;
  backend.forward = [](const engine::Tensor&, const engine::Region& wanted,
                       const engine::Observer&) {
    engine::Tensor answer(1, wanted.height, wanted.width, 3);
    std::fill_n(answer.data(), 3 * wanted.pixels(), std::numeric_limits<float>::quiet_NaN());
    return answer;
  };
  const Mask mask = rectangle(64, 64, 20, 20, 40, 40);
  for (const Depth depth : {Depth::u8, Depth::u16, Depth::f32}) {
    const Image filled =
        inpaint(backend, smooth(64, 64, 3, depth), mask, {.match = Matching::off}).image;
    EXPECT_EQ(sample(filled, 30 * 64 + 30, 0), 0);
  }
}

TEST(Inpaint, SaysWhenAHoleIsTooLargeForCopies) {
  const Image picture = smooth(160, 128, 3, Depth::u8);
  const auto too_large = [&](int side) {
    const Mask mask = rectangle(160, 128, 10, 10, 10 + side, 10 + side);
    return inpaint(Backend::copying(1), picture, mask).too_large_for_copies;
  };
  EXPECT_FALSE(too_large(40));
  EXPECT_TRUE(too_large(50));
}

TEST(Inpaint, ReportsProgressOfCopiesAndCanStopThem) {
  const Backend network = open_network();
  Backend backend = network;
  backend.thickest_hole = 0;
  const Mask mask = rectangle(160, 128, 40, 40, 100, 100);
  double last = 0;
  (void)inpaint(backend, smooth(160, 128, 3, Depth::u8), mask, {},
                [&](const engine::LayerDone& done) {
                  EXPECT_GE(done.done, last);
                  last = done.done;
                });
  EXPECT_DOUBLE_EQ(last, 1);
  EXPECT_THROW((void)inpaint(backend, smooth(160, 128, 3, Depth::u8), mask, {},
                             [](const engine::LayerDone&) { throw Cancelled(); }),
               Cancelled);
}

}  // namespace
}  // namespace lama::internal

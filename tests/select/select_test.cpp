#include "select/select.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <random>

#include "base/memory.h"
#include "codecs/picture.h"
#include "tests/testing.h"

namespace lama::internal::select {
namespace {

using testing::error_of;

constexpr int kWidth = 240, kHeight = 180;

bool in_disc(int x, int y, int radius = 40) { return std::hypot(x - 120, y - 80) < radius; }

/// A noisy orange disc before noisy green stripes.
Image disc(Depth depth = Depth::u8, int scale = 1) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> noise(-0.06F, 0.06F);
  Image image(kWidth * scale, kHeight * scale, 3, depth);
  visit_samples(image, [&](auto* samples) {
    using Sample = std::remove_pointer_t<decltype(samples)>;
    const auto max = static_cast<float>(image.max_value());
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        const bool stripe = (x / scale + y / scale) % 20 < 10;
        const bool object = in_disc(x / scale, y / scale);
        const float red = object ? 0.8F : 0.2F, green = object ? 0.5F : stripe ? 0.6F : 0.4F;
        for (const float value : {red, green, 0.2F}) {
          *samples++ = static_cast<Sample>(std::clamp(value + noise(random), 0.0F, 1.0F) * max);
        }
      }
    }
  });
  return image;
}

/// The disc, grown by two pixels.
Mask truth(int scale = 1) {
  Mask mask{kWidth * scale, kHeight * scale, {}};
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      mask.missing.push_back(in_disc(x / scale, y / scale) ? 1 : 0);
    }
  }
  return dilate(mask, 2);
}

Mask marked(int width, int height, const Box& box) {
  Mask mask{width, height,
            std::vector<std::uint8_t>(static_cast<std::size_t>(width) *
                                      static_cast<std::size_t>(height))};
  for (int y = box.y; y < box.bottom(); ++y) {
    for (int x = box.x; x < box.right(); ++x) {
      mask.missing[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                   static_cast<std::size_t>(x)] = 1;
    }
  }
  return mask;
}

/// Intersection over union.
double overlap(const Mask& a, const Mask& b) {
  EXPECT_EQ(a.missing.size(), b.missing.size());
  std::size_t both = 0, any = 0;
  for (std::size_t i = 0; i < a.missing.size(); ++i) {
    both += a.missing[i] & b.missing[i];
    any += a.missing[i] | b.missing[i];
  }
  return static_cast<double>(both) / static_cast<double>(any);
}

TEST(Select, FindsTheObjectInABox) {
  EXPECT_GT(overlap(select_in_box(disc(), {70, 30, 100, 100}), truth()), 0.95);
}

TEST(Select, FindsTheObjectUnderAScribble) {
  const Mask scribble = marked(kWidth, kHeight, {100, 78, 40, 5});
  const Mask mask = select_by_scribble(disc(), scribble);
  EXPECT_GT(overlap(mask, truth()), 0.95);
  for (std::size_t i = 0; i < mask.missing.size(); ++i) {
    ASSERT_GE(mask.missing[i], scribble.missing[i]) << "what was marked is part of it";
  }
}

// The outline is that of the full picture, not of the small one, whose pixels are six wide here.
TEST(Select, FollowsEdgesAtFullSize) {
  constexpr int kScale = 8;
  const Mask mask = select_in_box(disc(Depth::u8, kScale),
                                  {70 * kScale, 30 * kScale, 100 * kScale, 100 * kScale});
  EXPECT_GT(overlap(mask, truth(kScale)), 0.97);
}

TEST(Select, TakesEveryKindOfPicture) {
  const Box box{70, 30, 100, 100};
  EXPECT_GT(overlap(select_in_box(disc(Depth::u16), box), truth()), 0.95);
  EXPECT_GT(overlap(select_in_box(disc(Depth::f32), box), truth()), 0.95);
  const Image rgb = disc();
  Image grey(kWidth, kHeight, 2, Depth::u8),
      ink(kWidth, kHeight, ColourModel::cmyk, true, Depth::u8);
  for (std::size_t i = 0; i < rgb.pixels(); ++i) {
    const std::uint8_t* colour = rgb.bytes().data() + 3 * i;
    grey.bytes()[2 * i] = colour[0];
    for (std::size_t c = 0; c < 3; ++c) {
      ink.bytes()[5 * i + c] = static_cast<std::uint8_t>(255 - colour[c]);
    }
  }
  EXPECT_GT(overlap(select_in_box(grey, box), truth()), 0.95);
  EXPECT_GT(overlap(select_in_box(ink, box), truth()), 0.95);
}

TEST(Select, GivesTheSameMaskAgain) {
  const Mask first = select_in_box(disc(), {70, 30, 100, 100});
  select_by_scribble(disc(), marked(kWidth, kHeight, {100, 78, 40, 5}));
  EXPECT_EQ(select_in_box(disc(), {70, 30, 100, 100}).missing, first.missing);
}

TEST(Select, FindsTheDandelionOfTheExample) {
  const std::filesystem::path examples = std::filesystem::path(LAMA_SOURCE_DIR) / "examples";
  const Image photo = codecs::read_picture(examples / "dandelions.jpg", "photo").image;
  const Mask painted =
      mask_from(codecs::read_picture(examples / "dandelions_mask.png", "mask").image);
  Mask scribble = marked(photo.width(), photo.height(), {740, 405, 90, 12});
  const Mask stem = marked(photo.width(), photo.height(), {772, 440, 6, 90});
  std::transform(stem.missing.begin(), stem.missing.end(), scribble.missing.begin(),
                 scribble.missing.begin(), [](auto a, auto b) { return std::max(a, b); });
  EXPECT_GT(overlap(select_by_scribble(photo, scribble), painted), 0.7);
  // The box finds the head without its stem, which looks as other stems do.
  EXPECT_GT(overlap(select_in_box(photo, {705, 345, 162, 195}), painted), 0.6);
}

TEST(Select, AnswersWhateverTheSize) {
  for (const int width : {1, 2, 3, 5, 17}) {
    for (const int height : {1, 2, 40}) {
      Image image(width, height, 3, Depth::u8);
      std::mt19937 random(1);
      std::generate(image.bytes().begin(), image.bytes().end(), std::ref(random));
      for (const Box& box : {Box{0, 0, width, height}, Box{width / 2, height / 2, 1, 1}}) {
        try {
          EXPECT_GT(select_in_box(image, box).count(), 0U);
        } catch (const NothingFound&) {
        }
        EXPECT_GT(select_by_scribble(image, marked(width, height, box)).count(), 0U);
      }
    }
  }
}

TEST(Select, TakesABoxAroundAllOfThePicture) {
  EXPECT_GT(overlap(select_in_box(disc(), {0, 0, kWidth, kHeight}), truth()), 0.9);
  EXPECT_GT(overlap(select_in_box(disc(), {1, 1, kWidth - 2, kHeight - 2}), truth()), 0.9);
}

TEST(Select, RefusesWhatCannotBeMeant) {
  const Image image = disc();
  EXPECT_EQ(error_of([&] {
              select_in_box(image, {200, 0, 41, 10});
            }),
            "the box 200,0,41,10 does not lie in 240 x 180 pixels");
  EXPECT_THROW(select_in_box(image, {0, 0, 0, 10}), Error);
  EXPECT_THROW(select_in_box(image, {-1, 0, 5, 5}), Error);
  EXPECT_THROW(select_in_box(image, {2147483647, 0, 5, 5}), Error);
  EXPECT_THROW(select_by_scribble(image, marked(9, 9, {1, 1, 2, 2})), UnfitMask);
  EXPECT_THROW(select_by_scribble(image, marked(kWidth, kHeight, {})), NothingFound);
}

#ifndef LAMA_SANITIZED
// OpenCV has an exception of its own for this. Here its map of the size of the picture does not
// fit.
TEST(Select, SaysThatTheMemoryDoesNotSuffice) {
  const auto try_it = [] {
    Image large(6000, 4500, 1, Depth::u8);
    for (std::size_t i = 0; i < large.pixels(); ++i) {
      const std::size_t x = i % 6000, y = i / 6000;
      const bool object = x > 1800 && x < 3600 && y > 1300 && y < 3100;
      large.bytes()[i] = static_cast<std::uint8_t>((object ? 200 : 60) + (x * 7 + y * 13) % 20);
    }
    select_in_box(disc(), {70, 30, 100, 100});  // starts OpenCV's threads
    limit_memory(large.pixels() + 18'000'000);  // for the mask, and GrabCut's graph
    try {
      select_in_box(large, {1500, 1000, 2500, 2500});
    } catch (const OutOfMemory&) {
      std::exit(0);
    } catch (const std::bad_alloc&) {  // of a container
      std::exit(0);
    } catch (const std::exception& error) {
      std::fputs(error.what(), stderr);
    }
    std::exit(1);
  };
  EXPECT_EXIT(try_it(), ::testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace lama::internal::select

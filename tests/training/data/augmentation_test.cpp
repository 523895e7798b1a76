#include "training/data/augmentation.h"

#include <set>

#include "tests/training/data/operations.h"

namespace lama::internal::training {
namespace {

using masks::Random;
using testing::error_of;
using testing::Operations;

constexpr TransformVariant kCropping[] = {
    TransformVariant::default_variant,        TransformVariant::distortions,
    TransformVariant::distortions_scale05_1,  TransformVariant::distortions_scale03_12,
    TransformVariant::distortions_scale03_07, TransformVariant::distortions_light,
};

Image plain(int width, int height, std::uint8_t level) {
  Image image(width, height, 3, Depth::u8);
  std::fill(image.bytes().begin(), image.bytes().end(), level);
  return image;
}

TEST(Augmentation, AnyPictureGetsTheRightSize) {
  const Image photo = Operations().picture("photo");  // 28 x 22
  for (const TransformVariant variant : kCropping) {
    for (const int size : {1, 16, 22, 28, 64}) {
      const Augmentation augmentation(variant, size);
      for (std::uint32_t seed = 0; seed < 20; ++seed) {
        for (const Image& picture : {photo, plain(1, 1, 9), plain(1, 300, 9), plain(90, 2, 9)}) {
          Random random(seed);
          const Image out = augmentation(picture, random);
          ASSERT_EQ(out.width(), size);
          ASSERT_EQ(out.height(), size);
          ASSERT_EQ(out.channels(), 3);
        }
      }
    }
  }
}

TEST(Augmentation, TheSameNumbersGiveTheSamePicture) {
  const Image photo = Operations().picture("photo");
  for (const TransformVariant variant : kCropping) {
    const Augmentation augmentation(variant, 16);
    std::set<std::string> different;
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      Random one(seed), two(seed);
      const Image picture = augmentation(photo, one);
      ASSERT_EQ(picture.bytes(), augmentation(photo, two).bytes());
      different.emplace(picture.bytes().begin(), picture.bytes().end());
    }
    EXPECT_GE(different.size(), 45U);  // of a small picture, some crops are the same
  }
}

/// How often a colour comes out as it went in is known: none of three operations, each with
/// probability 1/2, was applied (or one that leaves grey as it is).
TEST(Augmentation, EachColourOperationIsAppliedToHalfOfThePictures) {
  // A grey on which CLAHE, of one level, is an operation of its own; hue has no effect on it.
  const Image grey = plain(8, 8, 100);
  const Augmentation augmentation(TransformVariant::non_space_transform, 8);
  int same = 0;
  constexpr int kPictures = 4000;
  for (int i = 0; i < kPictures; ++i) {
    Random random(static_cast<std::uint32_t>(i));
    if (augmentation(grey, random).bytes() == grey.bytes()) ++same;
  }
  // 1/8, and what operations that change nothing add: within 2 % of all pictures more; four
  // standard deviations are 2.1 %.
  EXPECT_NEAR(same / static_cast<double>(kPictures), 0.135, 0.031);
}

TEST(Augmentation, HalfOfThePicturesAreMirrored) {
  // Dark on the left, bright on the right, which no other operation of `default` turns round.
  Image picture(64, 64, 3, Depth::u8);
  for (std::size_t i = 0; i < picture.bytes().size(); ++i) {
    picture.bytes()[i] = static_cast<std::uint8_t>(60 + i / 3 % 64 * 2);
  }
  const Augmentation augmentation(TransformVariant::default_variant, 40);
  int mirrored = 0;
  constexpr int kPictures = 2000;
  for (int i = 0; i < kPictures; ++i) {
    Random random(static_cast<std::uint32_t>(i));
    const Image out = augmentation(picture, random);
    if (out.bytes()[0] > out.bytes()[39 * std::size_t{3}]) ++mirrored;
  }
  EXPECT_NEAR(mirrored / static_cast<double>(kPictures), 0.5, 0.045);  // four deviations
}

TEST(Augmentation, CropsComeFromEverywhere) {
  // The position is written into the pixels; without the colours' operations it can be read.
  Image picture(64, 48, 3, Depth::u8);
  for (std::size_t y = 0; y < 48; ++y) {
    for (std::size_t x = 0; x < 64; ++x) {
      picture.bytes()[3 * (64 * y + x)] = static_cast<std::uint8_t>(x);
      picture.bytes()[3 * (64 * y + x) + 1] = static_cast<std::uint8_t>(y);
    }
  }
  const Augmentation augmentation(TransformVariant::default_variant, 32);
  std::set<int> lefts, tops;
  for (std::uint32_t seed = 0; seed < 8000; ++seed) {
    Random random(seed);
    const Image out = augmentation(picture, random);
    // Pictures that were neither scaled nor recoloured nor mirrored.
    const auto* samples = out.bytes().data();
    if (samples[3] != samples[0] + 1 || samples[93] != samples[0] + 31 || samples[2] != 0 ||
        samples[3 * 32 * 31 + 1] != samples[1] + 31) {
      continue;
    }
    lefts.insert(samples[0]);
    tops.insert(samples[1]);
  }
  // All but the last of 33 and 17, which has probability 0, as published.
  for (int left = 0; left < 32; ++left) EXPECT_TRUE(lefts.contains(left)) << left;
  for (int top = 0; top < 16; ++top) EXPECT_TRUE(tops.contains(top)) << top;
}

TEST(Augmentation, WithoutCropsOnlyTheRightSizeWillDo) {
  const Image photo = Operations().picture("photo");
  for (const auto variant : {TransformVariant::no_augs, TransformVariant::non_space_transform}) {
    Random random(1);
    const std::string error = error_of([&] { Augmentation(variant, 16)(photo, random); });
    EXPECT_NE(error.find("28 x 22"), std::string::npos) << error;
    EXPECT_NE(error.find("16 x 16"), std::string::npos) << error;
  }
  Random random(1);
  const Image grey = plain(16, 16, 3);
  EXPECT_EQ(Augmentation(TransformVariant::no_augs, 16)(grey, random).bytes(), grey.bytes());
}

}  // namespace
}  // namespace lama::internal::training

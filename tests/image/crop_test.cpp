#include "image/crop.h"

#include <gtest/gtest.h>

#include <numeric>

namespace lama::internal {
namespace {

TEST(Crop, KeepsThePixelsOfABoxWithDepthAndAlpha) {
  Image picture(7, 5, 2, Depth::u16);
  auto* samples = picture.samples<std::uint16_t>();
  std::iota(samples, samples + 2 * picture.pixels(), std::uint16_t{1000});
  const Image part = crop(picture, {3, 1, 4, 2});
  ASSERT_EQ(part.width(), 4);
  ASSERT_EQ(part.height(), 2);
  EXPECT_TRUE(part.has_alpha());
  EXPECT_EQ(part.samples<std::uint16_t>()[0], 1000 + 2 * (7 + 3));
  EXPECT_EQ(part.samples<std::uint16_t>()[15], 1000 + 2 * (2 * 7 + 6) + 1);
}

TEST(Crop, KeepsThePixelsOfAMask) {
  const Mask mask{3, 2, {0, 1, 0, 1, 1, 0}};
  EXPECT_EQ(crop(mask, {1, 0, 2, 2}).missing, (std::vector<std::uint8_t>{1, 0, 1, 0}));
}

TEST(Crop, CutsAllPlanesAtTheSamePlace) {
  Planes picture{130, 129, std::vector<float>(3 * 130 * 129)};
  std::iota(picture.values.begin(), picture.values.end(), 0.0F);
  const Planes part = crop(picture, {2, 1, 128, 128});
  EXPECT_EQ(part.plane(0)[0], 130 + 2);
  EXPECT_EQ(part.plane(2)[128 + 1], 2 * 130 * 129 + 2 * 130 + 3);
}

TEST(Crop, BoundsOfAMaskHoldAllMissingPixels) {
  Mask mask{6, 5, std::vector<std::uint8_t>(30)};
  EXPECT_EQ(bounds_of(mask).pixels(), 0U);
  mask.missing[6 + 4] = 1;
  EXPECT_EQ(bounds_of(mask), (Box{4, 1, 1, 1}));
  mask.missing[3 * 6 + 1] = mask.missing[3 * 6 + 2] = 1;
  EXPECT_EQ(bounds_of(mask), (Box{1, 1, 4, 3}));
  mask.missing.front() = mask.missing.back() = 1;
  EXPECT_EQ(bounds_of(mask), (Box{0, 0, 6, 5}));
}

}  // namespace
}  // namespace lama::internal

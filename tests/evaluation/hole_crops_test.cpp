#include "evaluation/hole_crops.h"

#include <gtest/gtest.h>

namespace lama::internal::evaluation {
namespace {

TEST(HoleCrops, ShowMostOfTheHoleFirstAndNoneWithoutIt) {
  Mask hole{300, 200, std::vector<std::uint8_t>(300 * 200)};
  for (int y = 0; y < 20; ++y) {
    for (int x = 130; x < 170; ++x) hole.missing[static_cast<std::size_t>(y * 300 + x)] = 1;
  }
  const auto crops = hole_crops(hole);
  ASSERT_EQ(crops.size(), 2U)
      << "from 64 and 128 on; those from 0 end at 128, those below see nothing";
  EXPECT_EQ(crops[0].left, 64) << "62 of the hole's pixels lie there";
  EXPECT_EQ(crops[1].left, 128);
  EXPECT_EQ(crops[0].top, 0);
}

TEST(HoleCrops, AreAtMostSixteenAndWithinThePicture) {
  const Mask hole{1000, 700, std::vector<std::uint8_t>(1000 * 700, 1)};
  const auto crops = hole_crops(hole);
  ASSERT_EQ(crops.size(), 16U);
  for (const Corner corner : crops) {
    EXPECT_LE(corner.left + kCropSide, 1000);
    EXPECT_LE(corner.top + kCropSide, 700);
  }
  EXPECT_TRUE(hole_crops({100, 300, std::vector<std::uint8_t>(30000, 1)}).empty());
}

TEST(HoleCrops, CutAllPlanesAtTheSamePlace) {
  Planes picture{130, 129, std::vector<float>(3 * 130 * 129)};
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = static_cast<float>(i);
  }
  const Planes part = crop(picture, {2, 1});
  EXPECT_EQ(part.plane(0)[0], 130 + 2);
  EXPECT_EQ(part.plane(2)[kCropSide + 1], 2 * 130 * 129 + 2 * 130 + 3);
}

}  // namespace
}  // namespace lama::internal::evaluation

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
  EXPECT_EQ(crops[0].x, 64) << "62 of the hole's pixels lie there";
  EXPECT_EQ(crops[1].x, 128);
  EXPECT_EQ(crops[0].y, 0);
}

TEST(HoleCrops, AreAtMostSixteenAndWithinThePicture) {
  const Mask hole{1000, 700, std::vector<std::uint8_t>(1000 * 700, 1)};
  const auto crops = hole_crops(hole);
  ASSERT_EQ(crops.size(), 16U);
  for (const Box& crop : crops) EXPECT_TRUE(is_inside(crop, {0, 0, 1000, 700}));
  EXPECT_TRUE(hole_crops({100, 300, std::vector<std::uint8_t>(30000, 1)}).empty());
}

}  // namespace
}  // namespace lama::internal::evaluation

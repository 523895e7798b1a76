#include "training/samples.h"

#include "tests/testing.h"

namespace lama::internal::training {
namespace {

/// As validation has it: without the discriminator's output.
TrainingStep::Result two_grey_pictures() {
  TrainingStep::Result result;
  result.inpainting.image = torch::full({2, 3, 4, 6}, 0.5);
  result.inpainting.mask = torch::zeros({2, 1, 4, 6});
  return result;
}

TEST(SampleStrip, HasARowForEachPictureAndAColumnForEachKey) {
  const auto strip = sample_strip(two_grey_pictures(), {.key_order = {"image", "mask"}});
  ASSERT_TRUE(strip);
  EXPECT_EQ(strip->width(), 12);
  EXPECT_EQ(strip->height(), 8);
  EXPECT_EQ(strip->bytes().front(), 127);
  EXPECT_EQ(strip->bytes().back(), 0);
}

TEST(SampleStrip, LeavesOutKeysWithoutAPicture) {
  const auto strip =
      sample_strip(two_grey_pictures(), {.key_order = {"discr_output_fake", "image"}});
  ASSERT_TRUE(strip);
  EXPECT_EQ(strip->width(), 6);
  EXPECT_FALSE(sample_strip(two_grey_pictures(), {.key_order = {"discr_output_fake"}}));
}

}  // namespace
}  // namespace lama::internal::training

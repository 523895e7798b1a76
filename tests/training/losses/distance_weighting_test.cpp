#include "training/losses/distance_weighting.h"

#include "tests/training/hashed.h"
#include "tests/training/losses/vgg19_shapes.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(DistanceWeighting, IsThePublishedOne) {
  const testing::Oracle oracle("distance_weighting");
  const torch::Tensor soft = hashed("mask", {2, 1, 20, 24}, torch::kFloat);
  const torch::Tensor hard = testing::rectangles(2, 40, 48, torch::kFloat);
  EXPECT_LE(difference(oracle["blur"], blurred_mask(soft)), 1e-5);
  EXPECT_LE(difference(oracle["blur_wide"], blurred_mask(soft, 9, 2)), 1e-5);
  EXPECT_LE(difference(oracle["edt"], distance_mask(hard)), 1e-5);
  EXPECT_LE(difference(oracle["edt_wide"], distance_mask(hard, 3, 7, 3)), 1e-5);
}

TEST(DistanceWeighting, PropagatesSimilarityAsPublished) {
  const testing::Oracle oracle("distance_weighting");
  const testing::HashedFile vgg19(testing::vgg19_shapes());
  const torch::Tensor real = hashed("real", {2, 3, 40, 48}, torch::kFloat);
  const torch::Tensor hard = testing::rectangles(2, 40, 48, torch::kFloat);
  EXPECT_LE(difference(oracle["pps"], PropagatedSimilarity({}, vgg19)(real, hard)), 1e-4);
  EXPECT_LE(difference(oracle["pps_other"],
                       PropagatedSimilarity(
                           {.level = 3, .max_iters = 4, .temperature = 20, .erode_mask_size = 0},
                           vgg19)(real, hard)),
            1e-4);
}

}  // namespace
}  // namespace lama::internal::training

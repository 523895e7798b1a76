#include "training/losses/fake_fakes.h"

#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(FakeFakes, MoveAndFillAsPublished) {
  const testing::Oracle oracle("fake_fakes");
  const AffineMotion motion{torch::tensor({20.0F, -170.0F, 285.0F}),
                            torch::tensor({{0.0F, 1.7F}, {0.0F, -6.0F}, {3.0F, 0.25F}})};
  EXPECT_LE(
      difference(oracle["moved"], moved(hashed("images", {3, 3, 24, 20}, torch::kFloat), motion)),
      1e-4);
  EXPECT_LE(difference(oracle["filled"],
                       gradient_filled(testing::rectangles(3, 24, 20, torch::kFloat), motion)),
            1e-4);
}

TEST(FakeFakes, AreForeignWhereTheMaskIsAndRepeatWithTheSeed) {
  const torch::Tensor pictures = hashed("pictures", {4, 3, 24, 20}, torch::kFloat);
  const torch::Tensor masks = testing::rectangles(4, 24, 20, torch::kFloat);
  torch::manual_seed(5);
  const FakeFakes fakes = make_fake_fakes(pictures, masks);
  EXPECT_EQ((fakes.masks * (1 - masks)).abs().max().item<float>(), 0);
  EXPECT_GT(fakes.masks.max().item<float>(), 0.9F);
  const torch::Tensor changed = (fakes.pictures - pictures).abs();
  EXPECT_EQ((changed * (fakes.masks == 0)).max().item<float>(), 0);
  EXPECT_GT(changed.max().item<float>(), 0.1F);
  torch::manual_seed(5);
  EXPECT_TRUE(torch::equal(make_fake_fakes(pictures, masks).pictures, fakes.pictures));
}

}  // namespace
}  // namespace lama::internal::training

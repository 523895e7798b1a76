#include "training/losses/feature_matching.h"

#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(FeatureMatching, IsThePublishedOne) {
  const testing::Oracle oracle("feature_matching");
  for (const auto type : {torch::kDouble, torch::kFloat}) {
    const std::vector<torch::Tensor> fake = {testing::leaf(hashed("fake0", {2, 4, 9, 7}, type)),
                                             testing::leaf(hashed("fake1", {2, 6, 5, 4}, type))};
    const std::vector<torch::Tensor> real = {hashed("real0", {2, 4, 9, 7}, type),
                                             hashed("real1", {2, 6, 5, 4}, type)};
    for (const std::string name : {"plain", "masked"}) {
      const torch::Tensor loss = feature_matching(
          fake, real, name == "masked" ? testing::rectangles(2, 16, 14, type) : torch::Tensor());
      EXPECT_LE(difference(oracle[name], loss), 1e-6);
      const auto gradients = torch::autograd::grad({loss}, {fake[0], fake[1]});
      EXPECT_LE(difference(oracle[name + ".gradient0"], gradients[0]), 2e-6);
      EXPECT_LE(difference(oracle[name + ".gradient1"], gradients[1]), 2e-6);
    }
  }
}

}  // namespace
}  // namespace lama::internal::training

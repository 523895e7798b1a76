#include "training/losses/segmentation.h"

#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(Segmentation, IsThePublishedOne) {
  const testing::Oracle oracle("segmentation");
  for (const auto type : {torch::kDouble, torch::kFloat}) {
    const torch::Tensor logits = testing::leaf(hashed("logits", {2, 150, 6, 5}, type, -3, 3));
    for (const bool weighted : {false, true}) {
      const std::string name = weighted ? "weighted" : "plain";
      const torch::Tensor loss =
          segmentation_cross_entropy(logits, oracle["labels"], {.ade20k_weights = weighted});
      EXPECT_LE(difference(oracle[name], loss), 1e-6);
      EXPECT_LE(
          difference(oracle[name + ".gradient"], torch::autograd::grad({loss}, {logits})[0], 5),
          1e-5);
    }
  }
}

}  // namespace
}  // namespace lama::internal::training

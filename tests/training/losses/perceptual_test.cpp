#include "training/losses/perceptual.h"

#include "tests/training/hashed.h"
#include "tests/training/losses/vgg19_shapes.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(SlowPerceptual, IsThePublishedOne) {
  const testing::Oracle oracle("perceptual");
  const testing::HashedFile file(testing::vgg19_shapes());
  PerceptualLoss perceptual(file);
  for (const auto& [type, allowed] :
       {std::pair{torch::kFloat, 1e-4}, std::pair{torch::kDouble, 1e-6}}) {
    perceptual->to(type);
    const torch::Tensor x = testing::leaf(hashed("prediction", {2, 3, 48, 40}, type));
    for (const std::string name : {"plain", "masked"}) {
      const torch::Tensor values = perceptual->forward(
          x, hashed("target", {2, 3, 48, 40}, type),
          name == "masked" ? testing::rectangles(2, 48, 40, type) : torch::Tensor());
      EXPECT_LE(difference(oracle[name], values), allowed);
      EXPECT_LE(
          difference(oracle[name + ".gradient"], torch::autograd::grad({values.sum()}, {x})[0], 3),
          allowed);
    }
  }
  for (const torch::Tensor& parameter : perceptual->parameters()) {
    EXPECT_FALSE(parameter.requires_grad());
  }
}

}  // namespace
}  // namespace lama::internal::training

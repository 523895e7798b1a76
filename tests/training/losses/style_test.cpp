#include "training/losses/style.h"

#include "tests/training/hashed.h"
#include "tests/training/losses/vgg19_shapes.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(SlowStyle, IsThePublishedOne) {
  const testing::Oracle oracle("style");
  const testing::HashedFile weights(testing::vgg19_shapes());
  for (const auto& [type, allowed] :
       {std::pair{torch::kFloat, 1e-4}, std::pair{torch::kDouble, 1e-6}}) {
    for (const std::string name : {"plain", "weighted"}) {
      StyleLoss style = name == "plain" ? StyleLoss(weights)
                                        : StyleLoss(weights, std::array{0.5, 1.0, 2.0, 3.0, 0.25});
      style->to(type);
      const torch::Tensor x = testing::leaf(hashed("prediction", {2, 3, 48, 40}, type));
      const torch::Tensor value = style->forward(x, hashed("target", {2, 3, 48, 40}, type));
      EXPECT_LE(difference(oracle[name], value), allowed);
      EXPECT_LE(difference(oracle[name + ".gradient"], torch::autograd::grad({value}, {x})[0], 3),
                allowed);
    }
  }
}

}  // namespace
}  // namespace lama::internal::training

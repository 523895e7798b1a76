#include "training/losses/l1.h"

#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(L1, IsThePublishedOne) {
  const testing::Oracle oracle("l1");
  const auto check = [&](const std::string& name, double known, double missing) {
    for (const auto type : {torch::kDouble, torch::kFloat}) {
      const torch::Tensor x = testing::leaf(hashed("prediction", {2, 3, 9, 7}, type));
      const torch::Tensor loss = masked_l1(x, hashed("target", {2, 3, 9, 7}, type),
                                           hashed("mask", {2, 1, 9, 7}, type), known, missing);
      EXPECT_LE(difference(oracle[name], loss), 1e-6);
      EXPECT_LE(difference(oracle[name + ".gradient"], torch::autograd::grad({loss}, {x})[0]),
                1e-6);
    }
  };
  check("published", 10, 0);
  check("both", 3, 7);
}

}  // namespace
}  // namespace lama::internal::training

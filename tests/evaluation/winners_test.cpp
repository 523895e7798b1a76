#include "evaluation/winners.h"

#include <gtest/gtest.h>

namespace lama::internal::evaluation {
namespace {

/// Values of 20 pictures that one part of the second folder's are better than the first's by.
Evaluation example(double lead, double alternating) {
  Evaluation evaluation;
  evaluation.names = {"a", "b"};
  evaluation.items.resize(20);
  evaluation.values.assign(2, std::vector<PairValues>(20));
  for (std::size_t i = 0; i < 20; ++i) {
    const double step = lead + (i % 2 == 0 ? alternating : -alternating);
    evaluation.values[1][i].hole_psnr = step;
    evaluation.values[0][i].hole_l1 = step;
    evaluation.values[0][i].sharpness = 1 + step;
    evaluation.values[1][i].sharpness = 1;
  }
  return evaluation;
}

TEST(Winners, AreThoseWhoseLeadIsSure) {
  const auto found = winners(example(1, 0.5));
  EXPECT_EQ(found.at("hole_psnr"), 1U);
  EXPECT_EQ(found.at("hole_l1"), 1U) << "lower is better";
  EXPECT_EQ(found.at("sharpness"), 1U) << "nearer 1 is better";
  EXPECT_FALSE(found.contains("ssim")) << "equal";
  EXPECT_FALSE(found.contains("lpips")) << "not measured";
}

TEST(Winners, AreNoneWherePicturesDisagree) {
  const auto found = winners(example(1, 5));
  EXPECT_FALSE(found.contains("hole_psnr"));
  EXPECT_FALSE(found.contains("hole_l1"));
}

TEST(Winners, MustBeatEveryOther) {
  Evaluation evaluation = example(1, 0.5);
  evaluation.names.emplace_back("c");
  evaluation.values.push_back(evaluation.values[1]);
  EXPECT_FALSE(winners(evaluation).contains("hole_psnr")) << "b and c are equal";
}

}  // namespace
}  // namespace lama::internal::evaluation

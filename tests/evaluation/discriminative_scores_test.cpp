#include "evaluation/discriminative_scores.h"

#include <cmath>

#include "tests/evaluation/oracle.h"

namespace lama::internal::evaluation {
namespace {

using testing::EvaluationOracle;

TEST(DiscriminativeScores, EqualScikitLearns) {
  const EvaluationOracle oracle;
  for (const std::string set : {"many", "few"}) {
    const auto scores = discriminative_scores(oracle.features("features." + set + ".result"),
                                              oracle.features("features." + set + ".truth"));
    const auto expected = oracle.doubles("ids." + set);
    // Both are multiples of 1/300 and 1/600 ("many"): equal values mean equal decisions.
    EXPECT_NEAR(scores.paired, expected[0], 1e-9) << set;
    EXPECT_NEAR(scores.unpaired, expected[1], 1e-9) << set;
  }
}

TEST(DiscriminativeScores, OfEqualSetsAreAtTheirBest) {
  const EvaluationOracle oracle;
  const Features truth = oracle.features("features.many.truth");
  const auto scores = discriminative_scores(truth, truth);
  EXPECT_NEAR(scores.unpaired, 0.5, 1e-9);
  EXPECT_EQ(scores.paired, 0) << "none looks more real than itself";
}

TEST(DiscriminativeScores, NeedPairs) {
  EXPECT_NE(testing::error_of([] { discriminative_scores({1, {1}}, {1, {1, 2}}); }), "");
  EXPECT_TRUE(std::isnan(discriminative_scores({}, {}).paired));
}

}  // namespace
}  // namespace lama::internal::evaluation

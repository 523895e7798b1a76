#include "networks/fill_features.h"

#include "tests/evaluation/oracle.h"
#include "tests/networks/efficientnet_lite_shapes.h"
#include "tests/training/hashed.h"

namespace lama::internal::networks {
namespace {

TEST(FillFeatures, AreThoseThatPyTorchFinds) {
  const testing::EvaluationOracle oracle, fills("fills.safetensors");
  const auto network =
      make_fill_features(testing::HashedFile(testing::efficientnet_lite_shapes(1)));
  const std::vector<Planes> results = {oracle.picture("result0"), oracle.picture("result1")};
  const auto distances = network->distances(oracle.picture("truth"), results, oracle.mask());
  const auto expected = fills.doubles("distances");
  ASSERT_EQ(distances.size(), 2U);
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t s = 0; s < plugin::FillFeatures::kStages; ++s) {
      const double should = expected[k * plugin::FillFeatures::kStages + s];
      EXPECT_NEAR(distances[k][s], should, 1e-4 * should) << k << " " << s;
    }
  }
  const auto features = network->features(oracle.picture("truth"));
  const auto means = fills.doubles("features");
  ASSERT_EQ(features.size(), plugin::FillFeatures::kFeatures);
  for (std::size_t i = 0; i < features.size(); ++i) EXPECT_NEAR(features[i], means[i], 1e-4);
}

TEST(FillFeatures, OfTheTruthAreNotAwayFromIt) {
  const testing::EvaluationOracle oracle;
  const auto network =
      make_fill_features(testing::HashedFile(testing::efficientnet_lite_shapes(1)));
  const std::vector<Planes> results = {oracle.picture("truth")};
  const auto distances = network->distances(results[0], results, oracle.mask());
  for (const double distance : distances[0]) {
    EXPECT_EQ(distance, 0);
  }
}

}  // namespace
}  // namespace lama::internal::networks

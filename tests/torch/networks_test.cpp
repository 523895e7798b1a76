// The module's networks against the published code, with the same made-up weights.
#include <algorithm>
#include <cmath>
#include <thread>

#include "plugin/open_module.h"
#include "tests/evaluation/oracle.h"
#include "tests/torch/hashed_weights.h"

namespace lama::internal::plugin {
namespace {

using testing::EvaluationOracle;
using testing::hashed_weights;

const Module& module() { return load_module(LAMA_TORCH_MODULE); }

class LpipsNetworks : public ::testing::TestWithParam<std::pair<LpipsNetwork, const char*>> {};

TEST_P(LpipsNetworks, IsThePublishedOne) {
  const auto& [network, name] = GetParam();
  const auto lpips = module().make_lpips(network, hashed_weights, hashed_weights);
  const EvaluationOracle oracle;
  const Planes truth = oracle.picture("truth"), first = oracle.picture("result0"),
               second = oracle.picture("result1");
  const std::vector<const Planes*> results = {&first, &second};
  const auto found = lpips->distances(truth, results);
  const auto expected = oracle.doubles(std::string("lpips.") + name);
  ASSERT_EQ(found.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(found[i], expected[i], 1e-5 * expected[i]);
}

TEST_P(LpipsNetworks, OfAPictureToItselfIsZero) {
  const auto lpips = module().make_lpips(GetParam().first, hashed_weights, hashed_weights);
  const EvaluationOracle oracle;
  const Planes truth = oracle.picture("truth");
  const std::vector<const Planes*> results = {&truth};
  EXPECT_EQ(lpips->distances(truth, results), std::vector<float>{0});
}

INSTANTIATE_TEST_SUITE_P(Slow, LpipsNetworks,
                         ::testing::Values(std::pair{LpipsNetwork::vgg, "vgg"},
                                           std::pair{LpipsNetwork::alex, "alex"},
                                           std::pair{LpipsNetwork::squeeze, "squeeze"}),
                         [](const auto& test) { return test.param.second; });

TEST(SlowLpipsErrors, APictureTooSmallForTheNetworkIsSaidInOneLine) {
  const auto lpips = module().make_lpips(LpipsNetwork::vgg, hashed_weights, hashed_weights);
  const Planes tiny{4, 4, std::vector<float>(48)};
  const std::vector<const Planes*> results = {&tiny};
  const std::string error = testing::error_of([&] { lpips->distances(tiny, results); });
  EXPECT_TRUE(error.starts_with("LPIPS: ")) << error;
}

TEST(SlowInception, IsThePublishedOne) {
  const auto inception = module().make_inception(hashed_weights);
  const EvaluationOracle oracle;
  const auto expected = oracle.floats("inception");
  std::size_t row = 0;
  for (const std::string name : {"truth", "result0", "result1"}) {
    const auto found = inception->features(oracle.picture(name));
    ASSERT_EQ(found.size(), Inception::kFeatures);
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double should = expected[row * found.size() + i];
      difference = std::max(difference, std::abs(found[i] - should));
      size += should * should / static_cast<double>(found.size());
    }
    EXPECT_LT(difference / std::sqrt(size), 2e-5) << name;
    ++row;
  }
}

TEST(SlowInception, AnswersTheSameOnSeveralThreadsAtOnce) {
  const auto inception = module().make_inception(hashed_weights);
  const EvaluationOracle oracle;
  const Planes picture = oracle.picture("truth");
  const auto expected = inception->features(picture);
  std::vector<std::vector<float>> found(3);
  std::vector<std::thread> threads;
  for (auto& features : found) {
    threads.emplace_back([&] { features = inception->features(picture); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& features : found) EXPECT_EQ(features, expected);
}

}  // namespace
}  // namespace lama::internal::plugin

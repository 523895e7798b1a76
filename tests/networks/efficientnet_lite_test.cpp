#include "networks/efficientnet_lite.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "tests/networks/efficientnet_lite_shapes.h"
#include "tests/training/hashed.h"
#include "weights/torch_file.h"

namespace lama::internal::networks {
namespace {

struct Published {
  int size;
  const char* file;
};
constexpr Published kPublished[] = {{0, "efficientnet-lite0-57934424.pth"},
                                    {1, "efficientnet-lite1-77cc7160.pth"},
                                    {2, "efficientnet-lite2-9656183e.pth"}};

/// The picture that the oracle took for `name`: none of its activations is near a kink of ReLU6.
torch::Tensor picture_of(const testing::Oracle& oracle, const std::string& name) {
  return testing::leaf(
      testing::hashed("picture" + oracle.meta("picture." + name), {1, 3, 27, 22}, torch::kFloat));
}

/// The number whose gradient the oracle has.
torch::Tensor oracle_sum(const std::vector<torch::Tensor>& maps) {
  torch::Tensor sum = torch::zeros({});
  for (std::size_t i = 0; i < maps.size(); ++i) {
    sum = sum + (maps[i] * testing::hashed(fmt::format("direction.map{}", i), maps[i].sizes().vec(),
                                           torch::kFloat, -1, 1))
                    .mean();
  }
  return sum;
}

TEST(EfficientNetLite, ComputesAsPyTorch) {
  const testing::Oracle oracle("efficientnet_lite");
  for (const int size : {0, 1, 2}) {
    const testing::HashedFile weights(testing::efficientnet_lite_shapes(size));
    for (const bool dilated : {false, true}) {
      const std::string name = fmt::format("lite{}{}", size, dilated ? ".dilated" : "");
      EfficientNetLite network(size, dilated, weights);
      network->train();  // changes nothing
      const torch::Tensor x = picture_of(oracle, name);
      const auto maps = network->forward(x);
      ASSERT_EQ(maps.size(), 7);
      for (std::size_t i = 0; i < maps.size(); ++i) {
        EXPECT_LE(testing::difference(oracle[fmt::format("{}.map{}", name, i)], maps[i], 23), 1e-4)
            << name << " " << i;
      }
      const torch::Tensor gradient = torch::autograd::grad({oracle_sum(maps)}, {x})[0];
      EXPECT_LE(testing::difference(oracle[name + ".gradient"], gradient, 5), 1e-4) << name;
    }
  }
}

TEST(EfficientNetLite, KeepsTheResolutionWhereDilated) {
  const testing::HashedFile weights(testing::efficientnet_lite_shapes(0));
  const auto heights = [&](bool dilated) {
    std::vector<std::int64_t> result;
    for (const torch::Tensor& map :
         EfficientNetLite(0, dilated, weights)->forward(torch::zeros({1, 3, 64, 75}))) {
      result.push_back(map.size(2));
    }
    return result;
  };
  EXPECT_EQ(heights(false), (std::vector<std::int64_t>{32, 16, 8, 4, 4, 2, 2}));
  EXPECT_EQ(heights(true), (std::vector<std::int64_t>{32, 16, 8, 8, 8, 8, 8}));
}

TEST(EfficientNetLite, RefusesOtherWeights) {
  const auto message = testing::error_of([] {
    EfficientNetLite(1, false, testing::HashedFile(testing::efficientnet_lite_shapes(0)));
  });
  EXPECT_TRUE(message.starts_with("hashed: not the weights of this network: ")) << message;
}

// With the published files in the folder LAMA_FEATURE_WEIGHTS.
TEST(EfficientNetLite, ComputesAsPyTorchWithThePublishedWeights) {
  const char* folder = std::getenv("LAMA_FEATURE_WEIGHTS");
  if (folder == nullptr) GTEST_SKIP() << "LAMA_FEATURE_WEIGHTS names no folder of weights";
  const testing::Oracle oracle("efficientnet_lite");
  for (const auto& [size, file] : kPublished) {
    const auto weights = weights::open_torch_file(std::filesystem::path(folder) / file);
    for (const bool dilated : {false, true}) {
      const std::string name = fmt::format("published.lite{}{}", size, dilated ? ".dilated" : "");
      const torch::Tensor x = picture_of(oracle, name);
      const auto maps = EfficientNetLite(size, dilated, *weights)->forward(x);
      NamedTensors results;
      for (std::size_t i = 0; i < maps.size(); ++i) {
        results.emplace_back(fmt::format("map{}", i), maps[i]);
      }
      results.emplace_back("gradient", torch::autograd::grad({oracle_sum(maps)}, {x})[0]);
      EXPECT_LE(testing::products_difference(oracle[name], results, 0), 1e-4) << name;
    }
  }
}

}  // namespace
}  // namespace lama::internal::networks

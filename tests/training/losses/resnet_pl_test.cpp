#include "training/losses/resnet_pl.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "networks/state.h"
#include "tests/training/hashed.h"
#include "tests/training/resnet_shapes.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

TEST(SlowResNetPl, IsThePublishedOne) {
  const testing::Oracle oracle("resnet_pl");
  for (const int depth : {50, 18}) {
    const testing::HashedFile weights(testing::resnet_shapes(depth));
    for (const auto& [type, allowed] :
         {std::pair{torch::kFloat, 1e-4}, std::pair{torch::kDouble, 2e-6}}) {
      for (const bool dilated : {true, false}) {
        for (const bool training : {false, true}) {
          ResNetPl loss(ResNetPlConfig{.weight = 30, .depth = depth, .dilated = dilated}, weights);
          loss->to(type);
          loss->train(training);
          const std::string network = fmt::format("resnet{}{}", depth, dilated ? "dilated" : "");
          const std::string name = network + (training ? ".train" : ".eval");
          const torch::Tensor x = testing::leaf(hashed("prediction", {2, 3, 64, 48}, type));
          const torch::Tensor value = loss->forward(x, hashed("target", {2, 3, 64, 48}, type));
          EXPECT_LE(difference(oracle[name], value), allowed) << name;
          const torch::Tensor gradient =
              torch::autograd::grad({value}, {x})[0].reshape({-1}).slice(0, 0, c10::nullopt, 3);
          const torch::Tensor expected = oracle[name + ".gradient"];
          const double off = ((gradient - expected).norm() / expected.norm()).item<double>();
          // Batch norms over the few pixels of the last maps amplify rounding: as far as PyTorch's
          // own float32 run is from exact arithmetic.
          const double rounding = oracle[name + ".float32"].item<double>();
          EXPECT_LE(off, type == torch::kDouble ? 2e-6 : std::max(allowed, 3 * rounding)) << name;
          if (!training) continue;
          std::map<std::string, torch::Tensor> statistics;
          for (const auto& [key, tensor] : networks::state_dict(*loss)) {
            if (key.find("running") != std::string::npos) statistics[key.substr(5)] = tensor;
          }
          networks::NamedTensors ordered;
          for (const std::string key :
               nlohmann::json::parse(oracle.meta(network + ".statistics"))) {
            ordered.emplace_back(key, statistics.at(key));
          }
          EXPECT_LE(testing::products_difference(oracle[network + ".statistics"], ordered, 1e-6),
                    allowed);
        }
      }
    }
  }
}

TEST(ResNetPl, IsAsWideAsItsFile) {
  constexpr int kWidth = 4;
  const testing::HashedFile weights(testing::resnet_shapes(18, kWidth));
  for (const bool dilated : {true, false}) {
    const auto maps = networks::ResNet(18, dilated, weights)->forward(torch::zeros({1, 3, 64, 96}));
    std::vector<std::int64_t> heights;
    for (std::size_t i = 0; i < maps.size(); ++i) {
      EXPECT_EQ(maps[i].size(1), kWidth << i);
      heights.push_back(maps[i].size(2));
    }
    EXPECT_EQ(heights, dilated ? (std::vector<std::int64_t>{16, 8, 8, 8})
                               : (std::vector<std::int64_t>{16, 8, 4, 2}));
  }
}

TEST(ResNetPl, LooksWhereThePublishedCodeDoes) {
  const testing::TemporaryFolder folder;
  const auto message = testing::error_of([&] { resnet_pl_weights(folder.path(), {}); });
  EXPECT_NE(message.find("ade20k/ade20k-resnet50dilated-ppm_deepsup/encoder_epoch_20.pth"),
            std::string::npos);
  EXPECT_NE(message.find("http://sceneparsing.csail.mit.edu"), std::string::npos);
  const auto path = folder / "pretrained";
  std::filesystem::create_directories(path);
  std::ofstream(path / "resnet50-imagenet.pth") << "weights";
  EXPECT_EQ(resnet_pl_weights(folder.path(), {.segmentation = false}),
            path / "resnet50-imagenet.pth");
  std::ofstream(folder / "our.pth") << "weights";
  EXPECT_EQ(resnet_pl_weights(folder / "our.pth", {}), folder / "our.pth");
}

TEST(ResNetPl, RefusesOtherWeights) {
  const auto message = testing::error_of([] {
    ResNetPl(
        ResNetPlConfig{},
        testing::HashedFile(std::map<std::string, model::Shape>{{"conv1.weight", {64, 3, 7, 7}}}));
  });
  EXPECT_TRUE(message.starts_with(
      "hashed: not the weights of this network: conv1.weight is float32 [64, 3, 7, 7] and not [64, "
      "3, 3, 3]; bn1.weight is missing;"))
      << message;
}

}  // namespace
}  // namespace lama::internal::training

#include "training/discriminator.h"

#include <nlohmann/json.hpp>

#include "networks/state.h"
#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;
using testing::Oracle;

DiscriminatorConfig config_of(const std::string& kind) {
  if (kind == "nlayer") return {.ndf = 4};
  if (kind == "multidilated") {
    return {.kind = DiscriminatorKind::nlayer_multidilated, .ndf = 4, .n_layers = 3};
  }
  return {.kind = DiscriminatorKind::ffc,
          .ndf = 8,
          .n_layers = 3,
          .init = {.ratio_gin = 0, .ratio_gout = 0.5},
          .convolutions = {.ratio_gin = 0.5, .ratio_gout = 0.5}};
}

class DiscriminatorKinds : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Published, DiscriminatorKinds,
                         ::testing::Values("nlayer", "multidilated", "ffc"),
                         [](const auto& test) { return test.param; });

TEST_P(DiscriminatorKinds, HaveThePublishedStateDictAndFirstWeights) {
  const Oracle oracle("discriminators");
  torch::manual_seed(7);
  const Discriminator network(config_of(GetParam()));
  nlohmann::json ours;
  for (const auto& [name, tensor] : networks::state_dict(*network))
    ours[name] = tensor.sizes().vec();
  EXPECT_EQ(ours, nlohmann::json::parse(oracle.meta(GetParam())));
  std::vector<torch::Tensor> first;
  for (const torch::Tensor& parameter : network->parameters()) {
    first.push_back(parameter.detach().reshape({-1}).slice(0, 0, 2));
  }
  EXPECT_TRUE(torch::equal(torch::cat(first).to(torch::kDouble), oracle[GetParam() + ".initial"]));
}

TEST_P(DiscriminatorKinds, JudgeAndTrainAsPublished) {
  const Oracle oracle("discriminators");
  for (const bool training : {true, false}) {
    const std::string name = GetParam() + (training ? ".train" : ".eval");
    Discriminator network(config_of(GetParam()));
    testing::fill_hashed(*network);
    network->to(torch::kDouble);
    if (!training) {  // the oracle's was trained on this picture before
      network->train();
      network->forward(hashed("picture", {2, 3, 48, 40}));
    }
    network->train(training);
    const torch::Tensor x = testing::leaf(hashed("picture", {2, 3, 48, 40}));
    const auto [logits, features] = network->forward(x);
    EXPECT_LE(difference(oracle[name + ".logits"], logits), 1e-6) << name;
    torch::Tensor loss =
        (logits * hashed("direction", logits.sizes().vec(), torch::kDouble, -1, 1)).sum();
    for (std::size_t i = 0; i < features.size(); ++i) {
      const torch::Tensor expected = oracle[name + ".features" + std::to_string(i)];
      EXPECT_NEAR(features[i].norm().item<double>() / expected[0].item<double>(), 1, 1e-6);
      for (std::int64_t side = 0; side < 4; ++side) {
        EXPECT_EQ(features[i].size(side), expected[side + 1].item<double>());
      }
      loss = loss + features[i].square().mean();
    }
    EXPECT_FALSE(oracle.has(name + ".features" + std::to_string(features.size())));

    networks::NamedTensors parameters;
    for (const auto& parameter : network->named_parameters()) {
      parameters.emplace_back(parameter.key(), parameter.value());
    }
    std::vector<torch::Tensor> inputs = {x};
    for (const auto& [key, tensor] : parameters) inputs.push_back(tensor);
    const auto first = torch::autograd::grad({loss}, inputs, {}, true, true);
    networks::NamedTensors gradients = {{"picture", first[0]}};
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      gradients.emplace_back(parameters[i].first, first[i + 1]);
    }
    EXPECT_LE(testing::products_difference(oracle[name + ".gradients"], gradients, 1e-6), 2e-6)
        << name;
    if (!training) continue;
    inputs.erase(inputs.begin());
    const auto second = torch::autograd::grad({first[0].square().sum()}, inputs, {}, {}, false,
                                              /*allow_unused=*/true);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      parameters[i].second =
          second[i].defined() ? second[i] : torch::zeros_like(parameters[i].second);
    }
    EXPECT_LE(testing::products_difference(oracle[name + ".second"], parameters, 1e-6), 2e-6)
        << name;
  }
}

TEST(Discriminator, OfThePublishedModelsHasTheirParameters) {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : Discriminator(DiscriminatorConfig())->parameters()) {
    count += parameter.numel();
  }
  EXPECT_EQ(count, 6962369);
  EXPECT_EQ(networks::state_dict(*Discriminator(DiscriminatorConfig())).size(), 32U);
}

TEST(Discriminator, SaysWhatCannotBe) {
  EXPECT_EQ(testing::error_of([] { Discriminator(DiscriminatorConfig{.ndf = 0}); }),
            "discriminator: input_nc 3, ndf 0 and n_layers 4 must all be at least 1");
  EXPECT_EQ(testing::error_of([] {
              Discriminator(DiscriminatorConfig{.kind = DiscriminatorKind::nlayer_multidilated,
                                                .multidilation = {.dilation_num = 3}});
            }),
            "discriminator.multidilation_kwargs.dilation_num: the published discriminator has "
            "paddings for 2 dilations, not for 3");
  EXPECT_EQ(testing::error_of([] {
              Discriminator(DiscriminatorConfig{.kind = DiscriminatorKind::ffc,
                                                .convolutions = {.ratio_gin = 0.5}});
            }).substr(0, 36),
            "discriminator.conv_kwargs.ratio_gin:");
}

}  // namespace
}  // namespace lama::internal::training

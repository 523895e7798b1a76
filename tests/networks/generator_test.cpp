// Against the published modules: fixtures made by tests/oracle/make_options.py (evaluation mode)
// and tests/oracle/make_training.py (training mode).
#include "networks/generator.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/network.h"
#include "model/generator_config.h"
#include "networks/state.h"
#include "tests/training/hashed.h"

namespace lama::internal::networks {
namespace {

using testing::difference;
using testing::hashed;
using testing::Oracle;

std::vector<std::string> all_options() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(testing::data("options"))) {
    names.push_back(entry.path().stem().string());
  }
  return names;
}

struct Fixture {
  explicit Fixture(const std::string& name)
      : file(testing::data("options/" + name + ".safetensors")),
        description(model::architecture(model::parse_generator_config(meta("lama.config"), name))),
        height(std::stoll(meta("height"))),
        width(std::stoll(meta("width"))) {}

  std::string meta(const std::string& key) const { return file.metadata().at(key); }

  torch::Tensor input() const {
    const auto image = file.raw("expected.image"), mask = file.raw("expected.mask");
    const auto bytes = [](std::span<const std::uint8_t> values, const model::Shape& shape) {
      return torch::from_blob(const_cast<std::uint8_t*>(values.data()), shape, torch::kUInt8)
          .to(torch::kFloat, false, true);
    };
    const torch::Tensor missing = bytes(mask, {1, 1, height, width}).gt(0).to(torch::kFloat);
    const torch::Tensor rgb = bytes(image, {1, height, width, 3}).permute({0, 3, 1, 2}) / 255;
    return torch::cat({rgb * (1 - missing), missing}, 1);
  }

  /// The largest difference of the logits from PyTorch's float64 run.
  double logits_difference(Generator& network, torch::ScalarType type) const {
    const torch::NoGradGuard no_gradients;
    std::vector<float> values = file.read("expected.logits");
    const torch::Tensor expected =
        torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size())});
    // Every so many pixels were stored.
    const torch::Tensor logits =
        network->logits(input().to(type)).permute({0, 2, 3, 1}).reshape({-1, 3});
    return difference(expected.to(torch::kDouble),
                      logits.slice(0, 0, c10::nullopt, std::stoll(meta("logit_step"))));
  }

  weights::SafetensorsFile file;
  model::Architecture description;
  std::int64_t height, width;
};

class GeneratorOptions : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Published, GeneratorOptions, ::testing::ValuesIn(all_options()),
                         [](const auto& test) { return test.param; });

TEST_P(GeneratorOptions, EvaluateAsPublished) {
  const Fixture fixture(GetParam());
  Generator network(fixture.description);
  load(*network, fixture.file);
  network->eval();
  EXPECT_LE(fixture.logits_difference(network, torch::kFloat),
            4 * std::stod(fixture.meta("err.logits")) + 1e-7);
  network->to(torch::kDouble);
  // Float64 against float64, stored as float32; kornia, which rotates, rounds its grids to float32.
  EXPECT_LE(fixture.logits_difference(network, torch::kDouble),
            GetParam().starts_with("rotated") ? 2e-6 : 2e-7);
}

TEST_P(GeneratorOptions, HaveThePublishedStateDict) {
  const Oracle oracle("generators");
  const Generator network(Fixture(GetParam()).description);
  nlohmann::json ours;
  for (const auto& [name, tensor] : state_dict(*network)) ours[name] = tensor.sizes().vec();
  EXPECT_EQ(ours, nlohmann::json::parse(oracle.meta(GetParam())));
  for (const auto& parameter : model::parameters(Fixture(GetParam()).description)) {
    EXPECT_TRUE(ours.contains(parameter.name)) << parameter.name;
  }
}

/// The first two values of every parameter.
torch::Tensor beginnings(const torch::nn::Module& network) {
  std::vector<torch::Tensor> values;
  for (const torch::Tensor& parameter : network.parameters()) {
    values.push_back(parameter.detach().reshape({-1}).slice(0, 0, 2));
  }
  return torch::cat(values).to(torch::kDouble);
}

TEST_P(GeneratorOptions, BeginWithThePublishedWeights) {
  torch::manual_seed(11);
  const Generator network(Fixture(GetParam()).description);
  EXPECT_TRUE(torch::equal(beginnings(*network), Oracle("generators")[GetParam() + ".initial"]));
}

TEST_P(GeneratorOptions, TrainAsPublished) {
  const Oracle oracle("generators");
  const Fixture fixture(GetParam());
  for (const auto& [type, allowed] :
       {std::pair{torch::kDouble, 2e-6}, std::pair{torch::kFloat, 1e-4}}) {
    const double floor = type == torch::kDouble ? 1e-6 : 1e-2;
    Generator network(fixture.description);
    testing::fill_hashed(*network);
    network->to(type);
    const torch::Tensor x =
        testing::leaf(hashed("input", {2, 4, fixture.height, fixture.width}, type));
    const torch::Tensor y = network->forward(x);
    EXPECT_LE(difference(oracle[GetParam() + ".output"], y, 7), allowed);
    const torch::Tensor direction = hashed("direction", y.sizes().vec(), type, -1, 1);
    NamedTensors wanted = {{"input", x}}, statistics;
    for (const auto& parameter : network->named_parameters()) {
      wanted.emplace_back(parameter.key(), parameter.value());
    }
    std::vector<torch::Tensor> inputs;
    for (const auto& [name, tensor] : wanted) inputs.push_back(tensor);
    const auto gradients = torch::autograd::grad({(y * direction).sum()}, inputs);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i].second = gradients[i];
    EXPECT_LE(testing::products_difference(oracle[GetParam() + ".gradients"], wanted, floor),
              allowed);
    for (const auto& [name, tensor] : state_dict(static_cast<torch::nn::Module&>(*network))) {
      if (name.find("running") != std::string::npos) statistics.emplace_back(name, tensor);
    }
    if (!statistics.empty()) {
      EXPECT_LE(testing::products_difference(oracle[GetParam() + ".statistics"], statistics, floor),
                allowed);
    }
  }
}

// The engine is checked against PyTorch where there are published networks; this kind is ours.
TEST(Generator, EnlargesBilinearlyAsTheEngineDoes) {
  const model::GeneratorConfig config = model::parse_generator_config(
      "generator: {kind: ffc_resnet, ngf: 6, n_downsampling: 2, n_blocks: 2, deconv_kind: bilinear,"
      " init_conv_kwargs: {ratio_gin: 0, ratio_gout: 0, enable_lfu: false},"
      " downsample_conv_kwargs: {ratio_gin: 0, ratio_gout: 0, enable_lfu: false},"
      " resnet_conv_kwargs: {ratio_gin: 0.75, ratio_gout: 0.75, enable_lfu: false}}",
      "test");
  const model::Architecture description = model::architecture(config);
  Generator network(description);
  testing::fill_hashed(*network);
  network->eval();
  const torch::NoGradGuard no_gradients;
  const torch::Tensor input = hashed("input", {1, 4, 20, 28}, torch::kFloat);
  const torch::Tensor expected = network->logits(input).permute({0, 2, 3, 1}).contiguous();
  engine::Tensor pixels(1, 20, 28, 4);
  const torch::Tensor last = input.permute({0, 2, 3, 1}).contiguous();
  std::copy_n(last.data_ptr<float>(), last.numel(), pixels.data());
  const testing::HashedFile weights(state_dict(*network));
  const engine::Tensor logits = engine::Network(description, weights, 1).logits(std::move(pixels));
  const auto actual = torch::from_blob(const_cast<float*>(logits.data()), {expected.numel()});
  EXPECT_LE(difference(expected.to(torch::kDouble), actual), 1e-5);
}

TEST(Generator, CountsItsParametersAsPublished) {
  const auto count = [](const std::string& yaml) {
    const model::GeneratorConfig config =
        model::parse_generator_config("generator: " + yaml, "test");
    std::int64_t sum = 0;
    for (const torch::Tensor& parameter : Generator(model::architecture(config))->parameters()) {
      sum += parameter.numel();
    }
    return sum;
  };
  const std::string ffc =
      "init_conv_kwargs: {ratio_gin: 0, ratio_gout: 0, enable_lfu: false}, "
      "downsample_conv_kwargs: {ratio_gin: 0, ratio_gout: 0, enable_lfu: false}, "
      "resnet_conv_kwargs: {ratio_gin: 0.75, ratio_gout: 0.75, enable_lfu: false}}";
  const std::string both = "{input_nc: 4, output_nc: 3, add_out_act: sigmoid, ";
  EXPECT_EQ(count(both + "kind: ffc_resnet, n_blocks: 9, " + ffc), 27048835);
  EXPECT_EQ(count(both + "kind: ffc_resnet, n_blocks: 18, " + ffc), 50975875);
  EXPECT_EQ(count(both + "kind: pix2pixhd_global, conv_kind: default, n_blocks: 9}"), 45617731);
  EXPECT_EQ(count(both + "kind: pix2pixhd_multidilated, conv_kind: default, n_blocks: 9, "
                         "multidilation_kwargs: {comb_mode: cat_in, dilation_num: 4}}"),
            45645379);
}

TEST(Generator, TellsHowFarItIs) {
  const Fixture fixture("regular");
  Generator network(fixture.description);
  std::vector<double> shares;
  network->forward(fixture.input(), [&](double done) { shares.push_back(done); });
  EXPECT_EQ(shares.size(), fixture.description.layers.size());
  EXPECT_EQ(shares.back(), 1);
  EXPECT_THROW(network->forward(fixture.input(), [](double) { throw Error("enough"); }), Error);
}

}  // namespace
}  // namespace lama::internal::networks

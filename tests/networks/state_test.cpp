#include "networks/state.h"

#include "networks/generator.h"
#include "tests/training/hashed.h"
#include "weights/model_file.h"

namespace lama::internal::networks {
namespace {

model::Architecture small() {
  const weights::SafetensorsFile file(testing::data("options/md_sum.safetensors"));
  return model::architecture(
      model::parse_generator_config(file.metadata().at("lama.config"), "md_sum"));
}

// Weights go out as the published state dict and come back through the reader of model files.
TEST(State, OfAGeneratorIsAModelFile) {
  const model::Architecture description = small();
  Generator network(description);
  testing::fill_hashed(*network);
  std::vector<weights::TensorToWrite> tensors;
  for (const auto& [name, tensor] : state_dict(*network)) {
    if (!tensor.is_floating_point()) continue;  // counters
    tensors.push_back({name, weights::DType::f32, tensor.sizes().vec(), [tensor = tensor] {
                         const torch::Tensor flat = tensor.detach().reshape({-1}).contiguous();
                         return std::vector<float>(flat.data_ptr<float>(),
                                                   flat.data_ptr<float>() + flat.numel());
                       }});
  }
  const testing::TemporaryFolder folder;
  weights::write_safetensors(folder / "model.safetensors", tensors,
                             {{"lama.config", model::to_json(description.config)}});
  const weights::ModelFile model = weights::open_model(folder / "model.safetensors");
  Generator again(model.network);
  load(*again, *model.tensors);
  const auto before = state_dict(*network), after = state_dict(*again);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].first, after[i].first);
    EXPECT_TRUE(torch::equal(before[i].second, after[i].second)) << before[i].first;
  }
}

TEST(State, SharedWeightsAreOneParameterOfTwoNames) {
  const Generator network(small());
  const auto tensors = state_dict(*network);
  const auto find = [&](const std::string& name) {
    for (const auto& [key, tensor] : tensors) {
      if (key == name) return tensor;
    }
    return torch::Tensor();
  };
  const torch::Tensor original = find("model.7.conv_block.0.convs.0.weight");
  ASSERT_TRUE(original.defined());
  EXPECT_TRUE(original.is_same(find("model.7.conv_block.0.convs.2.weight")));
}

TEST(State, SaysAllThatDoesNotFitAndChangesNothing) {
  torch::nn::Sequential network(torch::nn::Linear(2, 3), torch::nn::Linear(3, 1));
  const torch::Tensor before = network->parameters()[0].clone();
  const testing::HashedFile file(std::map<std::string, model::Shape>{
      {"0.weight", {3, 2}}, {"0.bias", {4}}, {"1.weight", {1, 3}}});
  EXPECT_EQ(testing::error_of([&] { load(*network, file); }),
            "hashed: not the weights of this network: 0.bias is float32 [4] and not [3]; 1.bias is "
            "missing");
  EXPECT_TRUE(torch::equal(before, network->parameters()[0]));
}

TEST(State, TakesWhatMatches) {
  torch::nn::Sequential network(torch::nn::Linear(2, 3), torch::nn::Linear(3, 1));
  const torch::Tensor bias = network->parameters()[1].clone();
  const testing::HashedFile file(std::map<std::string, model::Shape>{{"generator.0.weight", {3, 2}},
                                                                     {"generator.0.bias", {4}},
                                                                     {"generator.1.weight", {1, 3}},
                                                                     {"generator.2.weight", {7}},
                                                                     {"loss.0.weight", {7}}});
  const Matched matched = load_matching(*network, file, "generator.");
  using Names = std::vector<std::string>;
  EXPECT_EQ(matched.matched, (Names{"0.weight", "1.weight"}));
  EXPECT_EQ(matched.missing, (Names{"1.bias"}));
  EXPECT_EQ(matched.unexpected, (Names{"2.weight"}));
  EXPECT_EQ(matched.other_shape, (Names{"0.bias [4], expected [3]"}));
  std::vector<float> expected = testing::hashed_parameter("generator.1.weight", {1, 3});
  EXPECT_TRUE(torch::equal(network->parameters()[2], torch::from_blob(expected.data(), {1, 3})));
  EXPECT_TRUE(torch::equal(network->parameters()[1], bias));
}

// A generator's weights of every file have the names of a training checkpoint.
TEST(State, ComesFromFilesOfOneOrSeveralNetworks) {
  const weights::ModelFile model = weights::open_model(testing::data("lightning"));
  Generator network(model.network);
  const std::size_t count = network->parameters().size();
  const testing::TemporaryFolder folder;
  weights::convert(model, folder / "alone.safetensors", weights::DType::f32);
  for (const auto& path : {testing::data("lightning"), testing::data("lightning/models/best.ckpt"),
                           folder / "alone.safetensors"}) {
    testing::fill_hashed(*network);
    const auto file = weights::open_networks(path);
    const Matched matched = load_matching(*network, *file, "generator.");
    EXPECT_GT(matched.matched.size(), count);  // statistics are more
    EXPECT_TRUE(matched.missing.empty() && matched.unexpected.empty() &&
                matched.other_shape.empty())
        << path;
    EXPECT_EQ(file->tensors().contains("discriminator.model0.0.weight"),
              path.extension() != ".safetensors");
    for (const auto& [name, tensor] : state_dict(*network)) {
      if (!tensor.is_floating_point()) continue;
      std::vector<float> values = model.tensors->read(name);
      EXPECT_TRUE(torch::equal(torch::from_blob(values.data(), tensor.sizes()), tensor)) << name;
    }
  }
  for (const char* bare : {"torch/state_dict.pth", "torch/parallel.pth", "torch/traced.pt"}) {
    const auto file = weights::open_networks(testing::data(bare));
    EXPECT_TRUE(file->tensors().begin()->first.starts_with("generator.model.")) << bare;
  }
}

}  // namespace
}  // namespace lama::internal::networks

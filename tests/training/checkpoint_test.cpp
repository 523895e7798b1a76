#include "training/checkpoint.h"

#include <sys/wait.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/file.h"
#include "networks/generator.h"
#include "tests/full_disk.h"
#include "tests/training/hashed.h"
#include "training/discriminator.h"
#include "weights/model_file.h"
#include "weights/torch_file.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;

/// Two small networks that play against each other.
struct SmallRun {
  explicit SmallRun(int seed = 1) {
    torch::manual_seed(seed);
    generator = torch::nn::Sequential(torch::nn::Linear(4, 5), torch::nn::BatchNorm1d(5),
                                      torch::nn::Linear(5, 4));
    discriminator = torch::nn::Sequential(torch::nn::Linear(4, 3), torch::nn::Linear(3, 1));
    first = std::make_unique<torch::optim::Adam>(generator->parameters(), 1e-2);
    second = std::make_unique<torch::optim::AdamW>(discriminator->parameters(), 1e-3);
    for (const auto& [name, tensor] : networks::state_dict(*generator)) {
      state.state_dict.emplace_back("generator." + name, tensor);
    }
    for (const auto& [name, tensor] : networks::state_dict(*discriminator)) {
      state.state_dict.emplace_back("discriminator." + name, tensor);
    }
    state.optimizers = {first.get(), second.get()};
  }

  void with_amsgrad() {
    for (torch::optim::Optimizer* optimizer : state.optimizers) {
      auto& options = optimizer->param_groups()[0].options();
      if (auto* adam = dynamic_cast<torch::optim::AdamOptions*>(&options)) adam->amsgrad(true);
      if (auto* adamw = dynamic_cast<torch::optim::AdamWOptions*>(&options)) adamw->amsgrad(true);
    }
  }

  void with_average() {
    state.average.emplace();
    for (const auto& [name, tensor] : state.state_dict) {
      if (name.starts_with("generator."))
        state.average->emplace_back(name, tensor.clone().detach());
    }
  }

  void step() {
    const torch::Tensor x = torch::randn({6, 4});
    generator->zero_grad();
    discriminator->forward(generator->forward(x)).mean().backward();
    first->step();
    discriminator->zero_grad();
    (discriminator->forward(generator->forward(x).detach()) - 1).square().mean().backward();
    second->step();
    if (state.average) {
      const torch::NoGradGuard no_gradients;
      for (auto& [name, tensor] : *state.average) {
        if (tensor.is_floating_point()) tensor.mul_(0.75);
      }
    }
    state.global_step += 1;
    state.samples += 6;
  }

  /// The values of everything, in bits that compare.
  std::vector<torch::Tensor> values() const {
    std::vector<torch::Tensor> result;
    for (const auto& [name, tensor] : state.state_dict) result.push_back(tensor.detach().clone());
    if (state.average) {
      for (const auto& [name, tensor] : *state.average) result.push_back(tensor.clone());
    }
    return result;
  }

  torch::nn::Sequential generator, discriminator;
  std::unique_ptr<torch::optim::Optimizer> first, second;
  TrainingState state;
};

void expect_same(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(torch::equal(a[i], b[i])) << i;
}

TEST(Checkpoint, GoesOnBitByBit) {
  const testing::TemporaryFolder folder;
  SmallRun straight;
  straight.with_average();
  for (int i = 0; i < 3; ++i) straight.step();
  straight.state.epoch = 2;
  straight.state.metrics = {{"val_ssim_fid100_f1_total_mean", 0.1 + 0.2}, {"worse", -INFINITY}};
  write_checkpoint(folder / "last.ckpt", straight.state);
  EXPECT_EQ(folder.entries(), 1);
  torch::manual_seed(4);
  for (int i = 0; i < 3; ++i) straight.step();

  SmallRun resumed(2);
  resumed.with_average();
  resumed.step();  // its weights are to be replaced
  read_checkpoint(folder / "last.ckpt", resumed.state, 0);
  EXPECT_EQ(resumed.state.epoch, 2);
  EXPECT_EQ(resumed.state.global_step, 3);
  EXPECT_EQ(resumed.state.samples, 18);
  EXPECT_EQ(resumed.state.metrics,
            (std::map<std::string, double>{{"val_ssim_fid100_f1_total_mean", 0.1 + 0.2},
                                           {"worse", -INFINITY}}));
  torch::manual_seed(4);
  for (int i = 0; i < 3; ++i) resumed.step();
  expect_same(straight.values(), resumed.values());
}

TEST(Checkpoint, WithAmsgradGoesOnBitByBit) {
  const testing::TemporaryFolder folder;
  SmallRun straight;
  straight.with_amsgrad();
  for (int i = 0; i < 3; ++i) straight.step();
  write_checkpoint(folder / "last.ckpt", straight.state);
  torch::manual_seed(4);
  for (int i = 0; i < 3; ++i) straight.step();

  SmallRun resumed(2);
  resumed.with_amsgrad();
  read_checkpoint(folder / "last.ckpt", resumed.state, 0);
  torch::manual_seed(4);
  for (int i = 0; i < 3; ++i) resumed.step();
  expect_same(straight.values(), resumed.values());
  const auto file = weights::open_torch_file(folder / "last.ckpt", weights::Listing::tree);
  EXPECT_EQ(file->scalars().at("optimizer_states/1/param_groups/0/amsgrad"),
            weights::TorchFile::Scalar(std::int64_t{1}));

  SmallRun plain;
  plain.step();
  write_checkpoint(folder / "plain.ckpt", plain.state);
  EXPECT_NE(testing::error_of([&] {
              read_checkpoint(folder / "plain.ckpt", resumed.state, 0);
            }).find("optimizer_states/0/state/0/max_exp_avg_sq is missing"),
            std::string::npos);
}

TEST(Checkpoint, ForgetsWhatAnOptimizerKnewOfParametersThatTheFileKnowsNothingOf) {
  const testing::TemporaryFolder folder;
  SmallRun fresh;
  write_checkpoint(folder / "first.ckpt", fresh.state);
  SmallRun run(2);
  run.step();
  read_checkpoint(folder / "first.ckpt", run.state, 0);
  EXPECT_EQ(run.first->state().size(), 0U);
  torch::manual_seed(3);
  run.step();
  torch::manual_seed(3);
  fresh.step();
  expect_same(fresh.values(), run.values());
}

TEST(Checkpoint, WithoutAnAverageStartsOneFromTheWeights) {
  const testing::TemporaryFolder folder;
  write_checkpoint(folder / "plain.ckpt", SmallRun(1).state);
  SmallRun run(2);
  run.with_average();
  read_checkpoint(folder / "plain.ckpt", run.state, 0);
  for (std::size_t i = 0; i < run.state.average->size(); ++i) {
    EXPECT_TRUE(torch::equal((*run.state.average)[i].second, run.state.state_dict[i].second));
  }
}

/// The stand-in for a published run that tests/oracle/make_lightning.py trained.
TEST(Checkpoint, OfLightningGoesOn) {
  const weights::ModelFile model = weights::open_model(testing::data("lightning"));
  networks::Generator generator(model.network);
  Discriminator discriminator(DiscriminatorConfig{.ndf = 4, .n_layers = 2});
  torch::optim::Adam first(generator->parameters(), 1e-3),
      second(discriminator->parameters(), 1e-5);
  TrainingState state{.optimizers = {&first, &second}};
  for (const auto& [name, tensor] : networks::state_dict(*generator)) {
    state.state_dict.emplace_back("generator." + name, tensor);
  }
  for (const auto& [name, tensor] : networks::state_dict(*discriminator)) {
    state.state_dict.emplace_back("discriminator." + name, tensor);
  }
  read_checkpoint(testing::data("lightning/models/best.ckpt"), state, 15);
  EXPECT_EQ(state.global_step, 3);  // two, and one that Lightning adds when it saves at the end
  EXPECT_EQ(state.samples, 45);
  const weights::SafetensorsFile expected(testing::data("lightning/expected.safetensors"));
  for (const auto& [name, tensor] : networks::state_dict(*generator)) {
    if (!tensor.is_floating_point()) continue;
    std::vector<float> values = expected.read(name);
    EXPECT_TRUE(torch::equal(torch::from_blob(values.data(), tensor.sizes()), tensor)) << name;
  }
  EXPECT_EQ(first.state().size(), generator->parameters().size());
  EXPECT_EQ(second.state().size(), discriminator->parameters().size());
  for (const auto* optimizer : {&first, &second}) {
    for (const auto& [key, kept] : optimizer->state()) {
      const auto& adam = static_cast<const torch::optim::AdamParamState&>(*kept);
      EXPECT_EQ(adam.step(), 2);
      EXPECT_TRUE((adam.exp_avg_sq() >= 0).all().item<bool>());
    }
  }
  // And the way back: what was read is written as it was.
  const testing::TemporaryFolder folder;
  write_checkpoint(folder / "ours.ckpt", state);
  const auto theirs =
      weights::open_torch_file(testing::data("lightning/models/best.ckpt"), weights::Listing::tree);
  const auto ours = weights::open_torch_file(folder / "ours.ckpt", weights::Listing::tree);
  std::size_t compared = 0;
  for (const auto& [place, info] : ours->tensors()) {
    ASSERT_TRUE(theirs->tensors().contains(place)) << place;
    EXPECT_EQ(ours->read_bytes(place), theirs->read_bytes(place)) << place;
    ++compared;
  }
  EXPECT_GT(compared, 100U);
  for (const char* place :
       {"epoch", "global_step", "optimizer_states/0/param_groups/0/lr",
        "optimizer_states/0/param_groups/0/betas/1", "optimizer_states/1/param_groups/0/eps",
        "optimizer_states/1/param_groups/0/amsgrad"}) {
    EXPECT_EQ(ours->scalars().at(place), theirs->scalars().at(place)) << place;
  }
}

TEST(Checkpoint, IsAModel) {
  const weights::ModelFile model = weights::open_model(testing::data("lightning"));
  networks::Generator generator(model.network);
  testing::fill_hashed(*generator);
  TrainingState state;
  for (const auto& [name, tensor] : networks::state_dict(*generator)) {
    state.state_dict.emplace_back("generator." + name, tensor);
  }
  const testing::TemporaryFolder folder;
  fs::create_directory(folder / "models");
  fs::copy(testing::data("lightning/config.yaml"), folder / "config.yaml");
  write_checkpoint(folder / "models/last.ckpt", state);
  const weights::ModelFile again = weights::open_model(folder.path());
  for (const auto& [name, info] : again.tensors->tensors()) {
    if (!weights::is_floating(info.dtype)) continue;
    EXPECT_EQ(again.tensors->read(name), testing::hashed_parameter(name, info.shape)) << name;
  }
}

TEST(Checkpoint, StaysAsItWasWhereTheDiskIsFull) {
  const testing::TemporaryFolder folder;
  SmallRun run;
  write_checkpoint(folder / "last.ckpt", run.state);
  const auto before = run.values();
  run.step();
  for (const rlim_t limit : {0, 100, 1000, 3000}) {
    const std::string error = testing::error_of([&] {
      const testing::FullDisk disk(limit);
      write_checkpoint(folder / "last.ckpt", run.state);
    });
    EXPECT_EQ(error, (folder / "last.ckpt").string() + ": cannot write: File too large") << limit;
    EXPECT_EQ(folder.entries(), 1);
  }
  SmallRun again(2);
  read_checkpoint(folder / "last.ckpt", again.state, 0);
  expect_same(before, again.values());
}

TEST(Checkpoint, SaysWhatDoesNotFitAndChangesNothing) {
  const testing::TemporaryFolder folder;
  SmallRun run;
  run.step();
  const fs::path path = folder / "a.ckpt";
  write_checkpoint(path, run.state);

  SmallRun other(2);
  other.state.state_dict[0].second = torch::zeros({3});
  other.state.state_dict[1].first = "generator.else";
  const auto before = other.values();
  EXPECT_EQ(
      testing::error_of([&] { read_checkpoint(path, other.state, 0); }),
      path.string() +
          ": not a checkpoint of this run: state_dict/generator.0.weight is [5, 4] instead of "
          "[3]; state_dict/generator.else is missing; generator.0.bias is not part of the "
          "network");
  expect_same(before, other.values());
  EXPECT_EQ(other.state.global_step, 0);

  SmallRun longer(2);
  torch::optim::Adam more(std::vector<torch::Tensor>(7, torch::zeros({1})), 1e-3);
  longer.state.optimizers[0] = &more;
  EXPECT_NE(testing::error_of([&] {
              read_checkpoint(path, longer.state, 0);
            }).find("optimizer_states/0/ is not of 7 parameters"),
            std::string::npos);
  longer.state.optimizers = {run.first.get(), run.second.get(), &more};
  EXPECT_EQ(testing::error_of([&] { read_checkpoint(path, longer.state, 0); }),
            path.string() +
                ": it has no states of optimizers, so training cannot go on from it; "
                "--init-from takes its weights");
}

TEST(Checkpoint, RefusesWhatIsNone) {
  const testing::TemporaryFolder folder;
  SmallRun run;
  const auto error = [&](const fs::path& path) {
    return testing::error_of([&] { read_checkpoint(path, run.state, 0); });
  };
  EXPECT_EQ(error(folder / "none.ckpt"),
            (folder / "none.ckpt").string() + ": no such file (checkpoint)");
  EXPECT_NE(error(testing::data("torch/state_dict.pth")).find("not a checkpoint of a training run"),
            std::string::npos);
  EXPECT_NE(error(testing::data("torch/evil_reduce.pt")).find("refused"), std::string::npos);
  EXPECT_NE(error(testing::data("photo512.png")).find("photo512.png"), std::string::npos);
}

TEST(Checkpoint, ThatIsCutOrDamagedIsAnError) {
  const testing::TemporaryFolder folder;
  SmallRun run;
  run.step();
  write_checkpoint(folder / "whole.ckpt", run.state);
  const auto bytes = read_file(folder / "whole.ckpt", 1 << 20);
  const auto written = [&](const std::vector<std::uint8_t>& damaged) {
    std::ofstream(folder / "damaged.ckpt", std::ios::binary)
        .write(reinterpret_cast<const char*>(damaged.data()),
               static_cast<std::streamsize>(damaged.size()));
    return folder / "damaged.ckpt";
  };
  for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 50) {
    auto part = bytes;
    part.resize(size);
    testing::error_of([&] { read_checkpoint(written(part), run.state, 0); });
  }
  // Checksums show every flipped bit of the values and of the pickle; other bytes of a zip archive
  // may change without harm.
  const auto before = run.values();
  int errors = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 200) {
    auto flipped = bytes;
    flipped[at] ^= 0x10;
    SmallRun other(3);
    try {
      read_checkpoint(written(flipped), other.state, 0);
      expect_same(before, other.values());
    } catch (const Error&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 20);
}

// Where PyTorch is installed: it goes on from our checkpoint, and we from its.
TEST(SlowCheckpoint, GoesOnInPyTorchAndBack) {
  const testing::TemporaryFolder folder;
  SmallRun run;
  for (int i = 0; i < 3; ++i) run.step();
  write_checkpoint(folder / "ours.ckpt", run.state);
  const std::string script =
      std::string(LAMA_SOURCE_DIR) + "/tests/differential/go_on_in_pytorch.py " +
      (folder / "ours.ckpt").string() + " " + (folder / "theirs.ckpt").string();
  const int status = std::system(("/usr/bin/python3 " + script).c_str());
  if (WEXITSTATUS(status) == 77) GTEST_SKIP();
  ASSERT_EQ(status, 0);
  for (const auto* optimizer : {&run.first, &run.second}) {
    for (torch::Tensor& parameter : (*optimizer)->param_groups()[0].params()) {
      parameter.mutable_grad() = torch::full_like(parameter, 0.5);
    }
    (*optimizer)->step();
  }
  SmallRun back(2);
  read_checkpoint(folder / "theirs.ckpt", back.state, 6);
  EXPECT_EQ(back.state.global_step, 4);
  EXPECT_EQ(back.state.samples, 24);
  const auto expected = run.values(), actual = back.values();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(torch::allclose(expected[i], actual[i], 1e-6, 1e-7)) << i;
  }
  // Their moments and counts are ours too: another step is the same.
  torch::manual_seed(5);
  run.step();
  torch::manual_seed(5);
  back.step();
  const auto after = run.values(), after_theirs = back.values();
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_TRUE(torch::allclose(after[i], after_theirs[i], 1e-6, 1e-6)) << i;
  }
}

}  // namespace
}  // namespace lama::internal::training

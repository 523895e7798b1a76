#include "training/validation.h"

#include <ATen/record_function.h>

#include <mutex>
#include <set>
#include <thread>

#include "model/architecture.h"
#include "tests/cli/files.h"
#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

/// The number of OpenMP threads of this thread at each of its convolutions.
thread_local std::set<int> threads_of_convolutions;

std::unique_ptr<at::ObserverContext> note_threads(const at::RecordFunction& function) {
  if (std::string(function.name()) == "aten::conv2d") {
    threads_of_convolutions.insert(at::get_num_threads());
  }
  return nullptr;
}

/// Like the networks of src/networks, it leaves its thread at one thread.
class CountingLpips : public plugin::Lpips {
 public:
  std::vector<float> distances(const Planes& /*truth*/,
                               std::span<const Planes* const> results) const override {
    thread_local const bool once = (at::set_num_threads(1), true);
    const std::lock_guard lock(mutex_);
    threads_.insert(once ? at::get_num_threads() : -1);
    return std::vector<float>(results.size(), 0.25F);
  }
  std::set<int> threads() const { return threads_; }

 private:
  mutable std::mutex mutex_;
  mutable std::set<int> threads_;
};

TEST(Validation, ComputesPicturesOnAllThreadsAndFeaturesOnOne) {
  constexpr int kThreads = 3;
  const testing::TemporaryFolder folder;
  for (const std::string name : {"a", "b", "c"}) {
    testing::put_noise(folder / (name + ".png"), 16, 16);
    testing::put_mask(folder / (name + "_mask.png"), 16, 16, 3, 3, 9, 9);
  }
  TrainingConfig config;
  config.generator.ngf = 4;
  config.generator.n_downsampling = 2;
  config.generator.n_blocks = 1;
  config.discriminator.ndf = 4;
  config.losses.adversarial.weight = 0;
  networks::Generator generator(model::architecture(config.generator));
  Processes one;
  TrainingStep step(config, generator, Discriminator(config.discriminator), {}, one);
  step.train(false);
  evaluation::FeatureNetworks feature_networks;
  auto* lpips = new CountingLpips;
  feature_networks.lpips.reset(lpips);
  const Validation validation(
      {.title = "val", .indir = {folder.path().string()}, .img_suffix = ".png"}, config.evaluator);
  ASSERT_EQ(validation.batches(), 3);
  // In a new thread, whose number of threads is no other test's.
  std::thread([&] {
    at::set_num_threads(kThreads);
    const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(note_threads));
    for (int time = 0; time < 2; ++time) {
      const auto result = validation(*generator, step, feature_networks, one, 3);
      EXPECT_EQ(result.metrics.at("val_lpips_total_mean"), 0.25);
    }
    at::removeCallback(handle);
    EXPECT_EQ(threads_of_convolutions, std::set<int>{kThreads});
    EXPECT_EQ(lpips->threads(), std::set<int>{1});
    EXPECT_EQ(at::get_num_threads(), kThreads);
  }).join();
}

}  // namespace
}  // namespace lama::internal::training

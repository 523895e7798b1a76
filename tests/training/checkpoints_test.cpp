#include "training/checkpoints.h"

#include <cmath>
#include <fstream>
#include <set>

#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;

class CheckpointsTest : public ::testing::Test {
 protected:
  Checkpoints open() { return {folder_.path() / "models", options_}; }

  void save(Checkpoints& checkpoints, std::int64_t step, std::optional<double> value) {
    state_.epoch = step / 10;
    state_.global_step = step;
    state_.state_dict = {{"generator.x", torch::full({2}, static_cast<double>(step))}};
    state_.metrics.clear();
    if (value) state_.metrics["score"] = *value;
    checkpoints.save(state_, value.has_value());
  }

  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "models")) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  std::int64_t step_of(const std::string& name) const {
    return checkpoint_facts(folder_ / ("models/" + name)).value().global_step;
  }

  using Names = std::set<std::string>;
  testing::TemporaryFolder folder_;
  Checkpoints::Options options_ = {.save_top_k = 2, .monitor = "score"};
  TrainingState state_;
};

TEST_F(CheckpointsTest, KeepsTheBestAndTheLast) {
  Checkpoints checkpoints = open();
  EXPECT_EQ(checkpoints.latest(), std::nullopt);
  save(checkpoints, 10, 0.5);
  EXPECT_EQ(files(), (Names{"epoch=1-step=10.ckpt", "last.ckpt"}));
  save(checkpoints, 20, 0.7);
  save(checkpoints, 25, std::nullopt);  // between validations: last.ckpt alone
  EXPECT_EQ(files(), (Names{"epoch=1-step=10.ckpt", "epoch=2-step=20.ckpt", "last.ckpt"}));
  EXPECT_EQ(step_of("last.ckpt"), 25);
  EXPECT_EQ(step_of("epoch=2-step=20.ckpt"), 20);
  save(checkpoints, 30, 0.6);
  EXPECT_EQ(files(), (Names{"epoch=2-step=20.ckpt", "epoch=3-step=30.ckpt", "last.ckpt"}));
  save(checkpoints, 40, 0.1);
  save(checkpoints, 50, NAN);
  EXPECT_EQ(files(), (Names{"epoch=2-step=20.ckpt", "epoch=3-step=30.ckpt", "last.ckpt"}));
  EXPECT_EQ(step_of("last.ckpt"), 50);
  EXPECT_EQ(checkpoints.latest()->filename(), "last.ckpt");
}

TEST_F(CheckpointsTest, KnowsWhatAnEarlierRunLeft) {
  {
    Checkpoints checkpoints = open();
    save(checkpoints, 10, 0.5);
    save(checkpoints, 20, 0.7);
  }
  Checkpoints checkpoints = open();
  save(checkpoints, 30, 0.6);
  EXPECT_EQ(files(), (Names{"epoch=2-step=20.ckpt", "epoch=3-step=30.ckpt", "last.ckpt"}));
  // The last one lost, as after a disk's repair: the latest of the best is next.
  fs::remove(folder_ / "models/last.ckpt");  // which may be another name of a good one
  std::ofstream(folder_ / "models/last.ckpt") << "nothing";
  EXPECT_EQ(open().latest()->filename(), "epoch=3-step=30.ckpt");
}

TEST_F(CheckpointsTest, TellsADamagedLastOneFromNone) {
  {
    Checkpoints checkpoints = open();
    EXPECT_FALSE(checkpoints.last_is_damaged());
    save(checkpoints, 10, 0.5);
    save(checkpoints, 15, std::nullopt);
    EXPECT_FALSE(checkpoints.last_is_damaged());
  }
  const fs::path last = folder_ / "models/last.ckpt";
  fs::resize_file(last, fs::file_size(last) - 100);
  EXPECT_TRUE(open().last_is_damaged());
  EXPECT_EQ(open().latest(), folder_ / "models/epoch=1-step=10.ckpt");
}

TEST_F(CheckpointsTest, LeavesFilesOfOthersAlone) {
  fs::create_directory(folder_ / "models");
  fs::copy(testing::data("lightning/models/best.ckpt"),
           folder_ / "models/epoch=7-step=99.ckpt");  // Lightning's
  std::ofstream(folder_ / "models/epoch=notes.ckpt") << "mine";
  options_.save_top_k = 1;
  Checkpoints checkpoints = open();
  for (int step = 1; step < 5; ++step) save(checkpoints, step, step);
  EXPECT_EQ(files(), (Names{"epoch=0-step=4.ckpt", "epoch=7-step=99.ckpt", "epoch=notes.ckpt",
                            "last.ckpt"}));
}

TEST_F(CheckpointsTest, LeavesNoTemporaryNameIfTheLastCannotBeReplaced) {
  fs::create_directories(folder_ / "models/last.ckpt/folder");
  Checkpoints checkpoints = open();
  EXPECT_THROW(save(checkpoints, 10, 0.5), Error);
  EXPECT_EQ(files(), (Names{"epoch=1-step=10.ckpt", "last.ckpt"}));
}

TEST_F(CheckpointsTest, SmallerCanBeBetter) {
  options_ = {.save_top_k = 1, .save_last = false, .monitor = "score", .larger_is_better = false};
  Checkpoints checkpoints = open();
  save(checkpoints, 1, 0.5);
  save(checkpoints, 2, 0.7);
  EXPECT_EQ(files(), Names{"epoch=0-step=1.ckpt"});
  save(checkpoints, 3, 0.4);
  EXPECT_EQ(files(), Names{"epoch=0-step=3.ckpt"});
  EXPECT_EQ(checkpoints.latest()->filename(), "epoch=0-step=3.ckpt");
}

TEST_F(CheckpointsTest, AStoppedRunCanGoOnWithoutSaveLast) {
  options_ = {.save_top_k = 1, .save_last = false, .monitor = "score"};
  Checkpoints checkpoints = open();
  save(checkpoints, 10, 0.5);
  state_.global_step = 15;
  checkpoints.save(state_, false, true);
  EXPECT_EQ(step_of("last.ckpt"), 15);
  EXPECT_EQ(open().latest()->filename(), "last.ckpt");
}

TEST_F(CheckpointsTest, KeepsAllOrNone) {
  options_.save_top_k = -1;
  Checkpoints all = open();
  for (int step = 1; step < 5; ++step) save(all, step, -step);
  EXPECT_EQ(files().size(), 5U);
  options_ = {.save_top_k = 0, .save_last = true, .monitor = "score"};
  fs::remove_all(folder_ / "models");
  Checkpoints none = open();
  save(none, 1, 1);
  EXPECT_EQ(files(), Names{"last.ckpt"});
}

}  // namespace
}  // namespace lama::internal::training

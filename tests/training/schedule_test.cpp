#include "training/schedule.h"

#include "tests/testing.h"

namespace lama::internal::training {
namespace {

TrainingConfig config_of(int batch_size, int accumulated, int epochs) {
  TrainingConfig config;
  config.data.train.batch_size = batch_size;
  config.trainer.accumulate_grad_batches = accumulated;
  config.trainer.max_epochs = epochs;
  return config;
}

TEST(Schedule, CountsTheStepsOfAllProcesses) {
  const Schedule schedule(config_of(5, 2, 3), 130, 4);
  EXPECT_EQ(schedule.pictures_per_step, 40);
  EXPECT_EQ(schedule.steps_per_epoch, 3);
  EXPECT_EQ(schedule.steps, 9);
  EXPECT_EQ(schedule.epoch(0), 0);
  EXPECT_EQ(schedule.epoch(119), 0);
  EXPECT_EQ(schedule.epoch(120), 1);
  EXPECT_EQ(schedule.step_of_epoch(120), 0);
  EXPECT_EQ(schedule.step_of_epoch(200), 2);
}

TEST(Schedule, HasAStepInEveryEpochOfASmallSet) {
  const Schedule schedule(config_of(16, 1, 7), 3, 1);
  EXPECT_EQ(schedule.steps_per_epoch, 1);
  EXPECT_EQ(schedule.steps, 7);
}

TEST(Schedule, IsLimitedByTheConfig) {
  TrainingConfig config = config_of(1, 1, 10);
  config.trainer.limit_train_batches.count = 25;
  config.trainer.max_steps = 130;
  const Schedule schedule(config, 1000, 1);
  EXPECT_EQ(schedule.steps_per_epoch, 25);
  EXPECT_EQ(schedule.steps, 130);
}

TEST(Schedule, ValidatesWithinAndBetweenEpochs) {
  TrainingConfig config = config_of(1, 1, 10);
  config.trainer.val_check_interval.share = 0.5;
  config.trainer.check_val_every_n_epoch = 2;
  const Schedule schedule(config, 10, 1);
  EXPECT_FALSE(schedule.validates(0, 9));  // the first epoch is not a second one
  EXPECT_FALSE(schedule.validates(1, 3));
  EXPECT_TRUE(schedule.validates(1, 4));
  EXPECT_FALSE(schedule.validates(1, 8));
  EXPECT_TRUE(schedule.validates(1, 9));
}

// So that a resumed run keeps the checkpoints that it would have kept without the stop.
TEST(Schedule, CountsValidationsFromTheBeginningOfTheRun) {
  TrainingConfig config = config_of(1, 1, 10);
  config.trainer.val_check_interval.count = 4;
  config.trainer.check_val_every_n_epoch = 3;
  const Schedule schedule(config, 10, 1);
  std::int64_t validations = 0;
  for (std::int64_t epoch = 0; epoch < 10; ++epoch) {
    for (std::int64_t step = 0; step < schedule.steps_per_epoch; ++step) {
      validations += schedule.validates(epoch, step) ? 1 : 0;
      EXPECT_EQ(schedule.validations(epoch, step), validations) << epoch << ' ' << step;
    }
  }
  EXPECT_EQ(validations, 6);
}

}  // namespace
}  // namespace lama::internal::training

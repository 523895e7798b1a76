#include "training/learning_rate.h"

#include <gtest/gtest.h>

namespace lama::internal::training {
namespace {

TEST(LearningRate, StaysWithoutASchedule) {
  const OptimizerConfig config = {.lr = 0.003};
  for (const std::int64_t step : {0, 1, 1000000}) EXPECT_EQ(learning_rate(config, step), 0.003);
}

TEST(LearningRate, RisesOverTheFirstSteps) {
  const OptimizerConfig config = {.lr = 0.004, .warmup_steps = 4};
  EXPECT_DOUBLE_EQ(learning_rate(config, 0), 0.001);
  EXPECT_DOUBLE_EQ(learning_rate(config, 2), 0.003);
  EXPECT_DOUBLE_EQ(learning_rate(config, 3), 0.004);
  EXPECT_DOUBLE_EQ(learning_rate(config, 4), 0.004);
}

TEST(LearningRate, FallsAlongACosineAfterThem) {
  const OptimizerConfig config = {.lr = 0.004, .warmup_steps = 20, .cosine_steps = 100};
  EXPECT_DOUBLE_EQ(learning_rate(config, 20), 0.004);
  EXPECT_NEAR(learning_rate(config, 40), 0.004 * 0.85355339, 1e-10);
  EXPECT_NEAR(learning_rate(config, 60), 0.002, 1e-15);
  EXPECT_NEAR(learning_rate(config, 80), 0.004 * 0.14644661, 1e-10);
  EXPECT_NEAR(learning_rate(config, 100), 0, 1e-18);
  EXPECT_NEAR(learning_rate(config, 5000), 0, 1e-18);
}

}  // namespace
}  // namespace lama::internal::training

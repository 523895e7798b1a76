#include "training/schedule.h"

#include <algorithm>

namespace lama::internal::training {

std::int64_t pictures_per_step(const TrainingConfig& config, int processes) {
  return static_cast<std::int64_t>(config.data.train.batch_size) *
         config.trainer.accumulate_grad_batches * processes;
}

Schedule::Schedule(const TrainingConfig& config, std::size_t pictures, int processes)
    : pictures_per_step(training::pictures_per_step(config, processes)) {
  const TrainerConfig& trainer = config.trainer;
  const auto all =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(pictures) / pictures_per_step);
  steps_per_epoch = std::max<std::int64_t>(1, trainer.limit_train_batches.of(all));
  steps = steps_per_epoch * trainer.max_epochs;
  if (trainer.max_steps > 0) steps = std::min(steps, trainer.max_steps);
  validate_every_steps = std::max<std::int64_t>(1, trainer.val_check_interval.of(steps_per_epoch));
  validate_every_epochs = trainer.check_val_every_n_epoch;
}

}  // namespace lama::internal::training

#pragma once

#include <cstddef>
#include <cstdint>

#include "training/config/training_config.h"

namespace lama::internal::training {

/// Pictures that all processes together train on in one step.
std::int64_t pictures_per_step(const TrainingConfig& config, int processes);

/// How the steps of a run fall into epochs. Samples are counted as by TrainingData::position.
struct Schedule {
  Schedule(const TrainingConfig& config, std::size_t pictures, int processes);

  std::int64_t epoch(std::int64_t samples) const {
    return samples / (steps_per_epoch * pictures_per_step);
  }
  /// From 0.
  std::int64_t step_of_epoch(std::int64_t samples) const {
    return samples / pictures_per_step - epoch(samples) * steps_per_epoch;
  }
  /// Whether to validate after this step of this epoch, both from 0.
  bool validates(std::int64_t epoch, std::int64_t step_of_epoch) const {
    return (step_of_epoch + 1) % validate_every_steps == 0 &&
           (epoch + 1) % validate_every_epochs == 0;
  }

  /// The validations from the beginning of the run up to this step of this epoch.
  std::int64_t validations(std::int64_t epoch, std::int64_t step_of_epoch) const {
    const bool this_epoch = (epoch + 1) % validate_every_epochs == 0;
    return epoch / validate_every_epochs * (steps_per_epoch / validate_every_steps) +
           (this_epoch ? (step_of_epoch + 1) / validate_every_steps : 0);
  }

  std::int64_t pictures_per_step;
  std::int64_t steps_per_epoch;
  std::int64_t steps;  ///< of the whole run
  std::int64_t validate_every_steps, validate_every_epochs;
};

}  // namespace lama::internal::training

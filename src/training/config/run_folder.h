#pragma once

#include "training/config/training_config.h"

namespace lama::internal::training {

/// Makes the run's folder, as published: config.yaml, which `lama inpaint --model` and the
/// published predict.py read, and .hydra/ with config.yaml, overrides.yaml and hydra.yaml.
void write_run_folder(const TrainingConfig& config);

}  // namespace lama::internal::training

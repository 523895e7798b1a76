// From a training's config to the options of its data.
#pragma once

#include "training/config/training_config.h"
#include "training/data/training_data.h"

namespace lama::internal::training {

/// Throws Error if a folder or shard of the pictures is missing. It reads none of them.
void require_data(const DataConfig& data);

/// The caller sets the place at which the stream begins.
TrainingDataOptions training_data_options(const TrainingConfig& config);

}  // namespace lama::internal::training

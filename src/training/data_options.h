// From a training's config to the options of its data.
#pragma once

#include "training/config/training_config.h"
#include "training/data/training_data.h"

namespace lama::internal::training {

/// The caller sets the place at which the stream begins.
TrainingDataOptions training_data_options(const TrainingConfig& config);

}  // namespace lama::internal::training

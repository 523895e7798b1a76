// From a training's config to what its data are made of.
#pragma once

#include "training/config/training_config.h"
#include "training/data/fixed_pairs.h"
#include "training/data/training_data.h"

namespace lama::training {

/// Where the stream begins is left to the caller.
TrainingDataOptions training_data_options(const TrainingConfig& config);

FixedPairsOptions fixed_pairs_options(const FixedDataConfig& config);

}  // namespace lama::training

#pragma once

#include <cstdint>

#include "training/config/training_config.h"

namespace lama::internal::training {

/// The learning rate of an optimizer's step `step`, from 0: `lr`, towards which it rises linearly
/// over the first `warmup_steps`, and from which it falls after them along half a cosine until it
/// is zero at step `cosine_steps` (0: stays, as published). It depends on nothing else, so that a
/// run that is resumed goes on as if it had not stopped.
double learning_rate(const OptimizerConfig& config, std::int64_t step);

}  // namespace lama::internal::training

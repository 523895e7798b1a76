#pragma once

#include "config/section.h"
#include "training/config/reading.h"

namespace lama::internal::training {

/// Reads `losses`.
void read_losses(config::Section section, const Reading& reading);

/// Reads `training_model`.
void read_training_model(config::Section section, const Reading& reading);

}  // namespace lama::internal::training

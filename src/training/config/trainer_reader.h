#pragma once

#include "config/section.h"
#include "training/config/reading.h"

namespace lama::internal::training {

/// Reads `trainer`.
void read_trainer(config::Section section, const Reading& reading);

}  // namespace lama::internal::training

#pragma once

#include "config/section.h"
#include "training/config/reading.h"

namespace lama::internal::training {

/// Reads `data`.
void read_data(config::Section section, const Reading& reading);

}  // namespace lama::internal::training

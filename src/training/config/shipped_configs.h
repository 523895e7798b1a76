#pragma once

#include "config/shipped_config.h"

namespace lama::internal::training {

/// configs/training: "data/abl-04-256-mh-dist".
std::span<const config::ShippedConfig> shipped_configs();

}  // namespace lama::internal::training

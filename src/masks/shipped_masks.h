#pragma once

#include "config/shipped_config.h"

namespace lama::internal::masks {

/// configs/masks: "random_thick_512".
std::span<const config::ShippedConfig> shipped_masks();

}  // namespace lama::internal::masks

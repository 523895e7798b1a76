#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lama::internal::training {

/// configs/training as the program has it built in.
struct ShippedConfig {
  std::string_view name;  ///< "data/abl-04-256-mh-dist", without ".yaml"
  std::span<const std::uint8_t> yaml;
};

std::span<const ShippedConfig> shipped_configs();

}  // namespace lama::internal::training

// Configs that the program has built in.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lama::internal::config {

struct ShippedConfig {
  std::string_view name;  ///< of its file below configs/masks or configs/training, without ".yaml"
  std::span<const std::uint8_t> yaml;
};

}  // namespace lama::internal::config

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lama::internal::masks {

/// configs/masks as the program has it built in.
struct ShippedMasks {
  std::string_view name;  ///< "random_thick_512", without ".yaml"
  std::span<const std::uint8_t> yaml;
};

std::span<const ShippedMasks> shipped_masks();

}  // namespace lama::internal::masks

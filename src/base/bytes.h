// Bytes as text, for magic numbers and names in files.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lama::internal {

inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace lama::internal

// Numbers of things in messages.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace lama::internal::cli {

/// "1 mask", "2 masks"; `many` is a plural that is not `one` with an "s".
inline std::string counted(std::size_t number, std::string_view one, std::string_view many = {}) {
  if (number == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", number, one) : fmt::format("{} {}", number, many);
}

}  // namespace lama::internal::cli

#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>

namespace lama::internal {

/// The error in a value that must be one of a few names: "tiles is not one of full, crop".
template <typename Names>
std::string not_one_of(std::string_view value, const Names& names) {
  return fmt::format("{} is not one of {}", value, fmt::join(names, ", "));
}

}  // namespace lama::internal

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lama::internal {

/// The one of `names` that is most similar to `misspelt`; nothing if none is similar.
std::optional<std::string> similar_name(std::string_view misspelt,
                                        std::span<const std::string> names);

}  // namespace lama::internal

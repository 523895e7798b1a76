#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lama {

/// Which of `names` someone meant who wrote `misspelt`; nothing if none is much like it.
std::optional<std::string> similar_name(std::string_view misspelt,
                                        std::span<const std::string> names);

}  // namespace lama

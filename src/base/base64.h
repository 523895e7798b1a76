// Bytes as text (RFC 4648).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal {

std::string encode_base64(std::span<const std::uint8_t> bytes);

/// Decodes `text` (with or without padding and line ends); nothing if it is not base64.
std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

}  // namespace lama::internal

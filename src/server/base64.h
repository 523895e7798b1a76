#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lama::server {

/// What `text` encodes (RFC 4648, with or without padding and line ends); nothing if it is none.
std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

}  // namespace lama::server

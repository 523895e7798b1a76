// The chunks of which WebP files consist (RIFF).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace lama::internal::codecs {

/// Calls `visit`(name, content) for each chunk: after RIFF, size and WEBP each has a name, a size
/// and content, padded to even. A chunk that is cut short ends with the file.
template <typename Visit>
void for_each_webp_chunk(std::span<const std::uint8_t> file, Visit&& visit) {
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const auto size = static_cast<std::size_t>(little_endian(file, at + 4, 4));
    const auto rest = file.subspan(at + 8);
    visit(text_of(file.subspan(at, 4)), rest.first(std::min(size, rest.size())));
    at += 8 + size + size % 2;
  }
}

}  // namespace lama::internal::codecs

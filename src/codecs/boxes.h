// The boxes of which HEIF, AVIF and JPEG XL files consist (ISO/IEC 14496-12, 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace lama::internal::codecs {

/// The number in `size` bytes from `at`, which must exist.
inline std::uint64_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at,
                                std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

/// Calls `visit`(name, content) for each box. A box that is cut short ends with `boxes`.
template <typename Visit>
void for_each_box(std::span<const std::uint8_t> boxes, Visit&& visit) {
  while (boxes.size() >= 8) {
    std::uint64_t size = big_endian(boxes, 0, 4);
    std::size_t header = 8;
    if (size == 1 && boxes.size() >= 16) {
      size = big_endian(boxes, 8, 8);
      header = 16;
    }
    if (size == 0 || size > boxes.size()) size = boxes.size();
    if (size < header) return;
    visit(text_of(boxes.subspan(4, 4)), boxes.first(size).subspan(header));
    boxes = boxes.subspan(size);
  }
}

}  // namespace lama::internal::codecs

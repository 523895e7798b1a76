// The boxes of which HEIF, AVIF and JPEG XL files consist (ISO/IEC 14496-12, 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace lama::internal::codecs {

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

/// The content of the first box of this name, or nothing.
inline std::span<const std::uint8_t> find_box(std::span<const std::uint8_t> boxes,
                                              std::string_view name) {
  std::span<const std::uint8_t> found;
  for_each_box(boxes, [&](std::string_view each, std::span<const std::uint8_t> content) {
    if (each == name && found.data() == nullptr) found = content;
  });
  return found;
}

}  // namespace lama::internal::codecs

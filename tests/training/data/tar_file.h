// Tar archives made by hand, so that tests can make bad ones.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>

#include "tests/codecs/byte_order.h"

namespace lama::internal::testing {

/// A header block with the right checksum. `size` are the 12 bytes of the field.
inline Bytes tar_header(const std::string& name, const std::string& size, char type = '0') {
  Bytes block(512);
  std::copy(name.begin(), name.end(), block.begin());
  std::copy(size.begin(), size.end(), block.begin() + 124);
  block[156] = static_cast<std::uint8_t>(type);
  std::fill(block.begin() + 148, block.begin() + 156, ' ');
  unsigned sum = 0;
  for (const std::uint8_t byte : block) sum += byte;
  std::snprintf(reinterpret_cast<char*>(block.data()) + 148, 8, "%06o", sum);
  return block;
}

inline std::string octal(std::size_t size) {
  char text[13];
  std::snprintf(text, sizeof(text), "%011zo", size);
  return text;
}

/// A header, and `content` filled up to whole blocks.
inline Bytes tar_member(const std::string& name, const Bytes& content, char type = '0') {
  Bytes member = tar_header(name, octal(content.size()), type);
  append(member, content);
  member.resize((member.size() + 511) / 512 * 512);
  return member;
}

}  // namespace lama::internal::testing

// Bytes of files as text and as numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lama::internal {

inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The number in `size` bytes from `at`, at most 8, which must exist; the highest byte is the
/// first.
inline std::uint64_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at,
                                std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

/// The same with the lowest byte first.
inline std::uint64_t little_endian(std::span<const std::uint8_t> bytes, std::size_t at,
                                   std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

/// Appends the lowest `size` bytes of `value`, at most 8, to a string or vector.
template <typename Bytes>
void append_big_endian(Bytes& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) {
    bytes.push_back(static_cast<typename Bytes::value_type>(value >> 8 * i & 0xff));
  }
}

/// The same with the lowest byte first.
template <typename Bytes>
void append_little_endian(Bytes& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(static_cast<typename Bytes::value_type>(value >> 8 * i & 0xff));
  }
}

}  // namespace lama::internal

// Files as bytes, for the tests of all rooms.
#pragma once

#include <cstdint>
#include <fstream>
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tests/testing.h"

namespace lama::internal::testing {

using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline void put(const fs::path& path, std::span<const std::uint8_t> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}
inline Bytes get(const fs::path& path) { return read_file(path, SIZE_MAX); }

}  // namespace lama::internal::testing

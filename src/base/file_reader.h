// A file that is read piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/descriptor.h"

namespace lama::internal {

/// Reads and does not map: a mapped file that somebody truncates ends the process (SIGBUS).
/// Thread-safety: const functions may run at the same time.
class FileReader {
 public:
  /// Throws Error unless `path` is a regular file that can be read.
  explicit FileReader(const std::filesystem::path& path);

  std::size_t size() const { return size_; }  ///< when it was opened
  /// Fills `bytes` from `offset`. Throws Error if the file has become shorter.
  void read(std::size_t offset, std::span<std::uint8_t> bytes) const;
  std::vector<std::uint8_t> read(std::size_t offset, std::size_t count) const;
  /// The first bytes: all of a smaller file.
  std::vector<std::uint8_t> begin(std::size_t most) const;

 private:
  std::filesystem::path path_;
  Descriptor file_;
  std::size_t size_ = 0;
};

}  // namespace lama::internal

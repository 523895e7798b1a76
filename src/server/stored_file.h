// Bytes in an unnamed temporary file, which vanishes with this process, however the process ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace lama::internal::server {

/// Throws Error if no file can be written to the folder for temporary files ($TMPDIR, else /tmp).
void require_temporary_files();

/// Thread-safety: const functions may run at the same time.
class StoredFile {
 public:
  /// Throws StorageFull if the folder for temporary files has no room.
  explicit StoredFile(std::span<const std::uint8_t> bytes);

  std::size_t size() const { return size_; }
  std::vector<std::uint8_t> read() const;
  /// A path that opens it during this object's life.
  std::string path() const;

 private:
  Descriptor file_;
  std::size_t size_ = 0;
};

}  // namespace lama::internal::server

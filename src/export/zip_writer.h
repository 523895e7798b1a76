// Writes zip archives. For the .cpp files of this room.
#pragma once

#include <zip.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"

namespace lama::internal::exporting {

/// A new zip archive, made in memory, which appears as a file at close(). Members are not
/// compressed, as PyTorch requires. Throws Error.
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& path);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// `bytes` must stay until close().
  void add(const std::string& name, std::string_view bytes);
  void close();

 private:
  struct Free {
    void operator()(zip_source_t* source) const { zip_source_free(source); }
  };

  [[noreturn]] void fail(const std::string& why) const;

  std::filesystem::path path_;
  AtomicFile file_;
  std::unique_ptr<zip_source_t, Free> archive_;
  zip_t* zip_ = nullptr;
};

}  // namespace lama::internal::exporting

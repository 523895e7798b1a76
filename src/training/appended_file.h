// A file that grows by whole records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace lama::internal::training {

/// Each record is with the system when a call returns, so that a program that is killed loses none.
/// Thread-safety: none.
class AppendedFile {
 public:
  /// Creates the file, or continues at its end. Throws Error.
  explicit AppendedFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }

  /// Throws Error if the disk is full. The file then ends with the record before, and later records
  /// can succeed.
  void append(std::string_view record);

 private:
  void open();

  std::filesystem::path path_;
  std::uintmax_t size_ = 0;  ///< up to the end of the last whole record
  std::ofstream file_;
};

}  // namespace lama::internal::training

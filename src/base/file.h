// Files: read whole, and written so that the destination is either the old file or the
// complete new one, never a part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace lama::internal {

/// Each throws Error unless `path` is, or links to, an existing regular file, folder, or either of
/// them. `what` names the expected content, "photo", "mask" or "model", or an argument of the
/// command line: "x: no such file (photo)".
void require_file(const std::filesystem::path& path, const std::string& what);
void require_folder(const std::filesystem::path& path, const std::string& what);
void require_file_or_folder(const std::filesystem::path& path, const std::string& what);

/// The text about a file that open() refused with `error`.
std::string cannot_open(const std::filesystem::path& path, int error);

/// The whole file. Throws Error if it cannot be read or is larger than `max_bytes`.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::size_t max_bytes);

/// Writes a file without a name, or a temporary one, until commit() moves it to `path`. Without a
/// commit (error, cancel, kill) nothing of it remains and `path` is unchanged. If `path` is a
/// link, its target is replaced. New files get the mode of the umask; a replaced file keeps its
/// mode and, if root writes it, its owner. Other hard links keep the old file.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::uint8_t> bytes);
  /// Flushes the written bytes to the disk. Returns a name by which a caller can read them before
  /// commit(), to check them first.
  std::filesystem::path sync();
  void commit();

 private:
  std::string temporary_name() const;  ///< a new one, beside the target
  void name_it();
  [[noreturn]] void fail(int error) const;

  std::filesystem::path asked_, target_, temporary_;
  Descriptor file_;
};

/// Creates the folder and its parents, if missing. Throws Error.
void create_folders(const std::filesystem::path& path);

/// Throws Error unless a file can be created at `path`. Call it before long work.
void require_writable(const std::filesystem::path& path);

}  // namespace lama::internal

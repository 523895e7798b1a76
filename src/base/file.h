// Files as this project uses them: read whole or mapped, and written so that the destination is
// either the old file or the complete new one, never a part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace lama {

/// Throws Error unless `path` is an existing regular file (or what a link leads to is).
/// `what` says what was expected there: "photo", "mask", "model".
void require_file(const std::filesystem::path& path, const std::string& what);

/// The whole file. Throws Error if it cannot be read or is larger than `max_bytes`.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::size_t max_bytes);

/// A read-only view of a file's bytes. Pages are loaded when touched.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

  /// Tells the system that `part` (of bytes()) has been used, so that its pages no longer count
  /// as this process's memory.
  void release(std::span<const std::uint8_t> part) const;

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Writes a file that has no name, or a temporary one, until commit() moves it to `path`; without a
/// commit (an error, a cancel, a kill) nothing is left of it and `path` is as it was. A link at
/// `path` is followed, so that what it points to is replaced. New files get the mode the umask
/// gives; a replaced file keeps its mode.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::uint8_t> bytes);
  /// Puts what has been written on the disk, and returns a name by which it can be read from there
  /// until commit(): for those who check before they replace.
  std::filesystem::path sync();
  void commit();

 private:
  std::string temporary_name() const;  ///< with XXXXXX in it, for mkostemps
  void name_it();
  [[noreturn]] void fail(int error) const;

  std::filesystem::path asked_, target_, temporary_;
  int descriptor_ = -1;
};

/// Makes the folder and those above it; what is there is left. Throws Error.
void create_folders(const std::filesystem::path& path);

/// Throws Error unless a file can be created where `path` is: said before the long work starts.
void require_writable(const std::filesystem::path& path);

}  // namespace lama

#include "base/file_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace lama::internal {

FileReader::FileReader(const std::filesystem::path& path)
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (file_.get() < 0) throw Error(cannot_open(path, errno));
  struct stat about {};
  if (::fstat(file_.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    throw Error(fmt::format("{}: not a regular file", path.string()));
  }
  size_ = static_cast<std::size_t>(about.st_size);
}

void FileReader::read(std::size_t offset, std::span<std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw Error(fmt::format(
          "{}: cannot read: {}", path_.string(),
          n < 0 ? std::generic_category().message(errno) : "it became shorter while being read"));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::size_t>(n);
  }
}

std::vector<std::uint8_t> FileReader::read(std::size_t offset, std::size_t count) const {
  std::vector<std::uint8_t> bytes(count);
  read(offset, bytes);
  return bytes;
}

std::vector<std::uint8_t> FileReader::begin(std::size_t most) const {
  return read(0, std::min(most, size_));
}

}  // namespace lama::internal

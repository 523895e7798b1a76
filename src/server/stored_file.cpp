#include "server/stored_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "base/environment.h"
#include "server/errors.h"

namespace lama::internal::server {
namespace {

std::string folder_name() {
  const std::string given = environment("TMPDIR");
  return given.empty() ? "/tmp" : given;
}

Descriptor open_nameless() {
  const std::string folder = folder_name();
  Descriptor nameless(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (nameless.get() >= 0) return nameless;
  // Some file systems do not support unnamed files.
  std::string name = folder + "/lama-XXXXXX";
  Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
  if (named.get() >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

void require_temporary_files() {
  if (open_nameless().get() < 0) {
    const int error = errno;
    throw Error(
        fmt::format("no temporary files can be written in {}: {}; set TMPDIR to another folder",
                    folder_name(), std::generic_category().message(error)));
  }
}

StoredFile::StoredFile(std::span<const std::uint8_t> bytes)
    : file_(open_nameless()), size_(bytes.size()) {
  const auto fail = [] {
    const int error = errno;
    throw StorageFull(fmt::format("temporary files cannot be written: {}",
                                  std::generic_category().message(error)));
  };
  if (file_.get() < 0) fail();
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail();
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

std::vector<std::uint8_t> StoredFile::read() const {
  std::vector<std::uint8_t> bytes(size_);
  for (std::size_t at = 0; at < size_;) {
    const ssize_t got = ::pread(file_.get(), bytes.data() + at, size_ - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("a temporary file cannot be read");
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string StoredFile::path() const { return fmt::format("/proc/self/fd/{}", file_.get()); }

}  // namespace lama::internal::server

#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "base/error.h"

namespace lama::internal {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::strerror(error); }  // NOLINT(concurrency-mt-unsafe)

std::size_t file_size(const fs::path& path, const Descriptor& file) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    throw Error(fmt::format("{}: not a regular file", path.string()));
  }
  return static_cast<std::size_t>(info.st_size);
}

/// The state of an existing `path`. Throws Error that calls a missing one a `kind`.
fs::file_status status_of(const fs::path& path, const char* kind, const std::string& what) {
  if (path.empty()) throw Error(fmt::format("the name of a {} is empty ({})", kind, what));
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw Error(fmt::format("{}: no such {} ({})", path.string(), kind, what));
  }
  if (error) throw Error(fmt::format("{}: {} ({})", path.string(), error.message(), what));
  return status;
}

}  // namespace

void require_file(const fs::path& path, const std::string& what) {
  if (!fs::is_regular_file(status_of(path, "file", what))) {
    throw Error(fmt::format("{}: not a regular file ({})", path.string(), what));
  }
}

void require_folder(const fs::path& path, const std::string& what) {
  if (!fs::is_directory(status_of(path, "folder", what))) {
    throw Error(fmt::format("{}: not a folder ({})", path.string(), what));
  }
}

void require_file_or_folder(const fs::path& path, const std::string& what) {
  status_of(path, "file or folder", what);
}

std::string cannot_open(const fs::path& path, int error) {
  if (error == ENOENT) return fmt::format("{}: no such file", path.string());
  return fmt::format("{}: cannot open: {}", path.string(), reason(error));
}

std::vector<std::uint8_t> read_file(const fs::path& path, std::size_t max_bytes) {
  // Does not wait for the writer of a pipe, which is then refused.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) throw Error(cannot_open(path, errno));
  const std::size_t size = file_size(path, file);
  if (size > max_bytes) {
    throw Error(fmt::format("{}: {} bytes is more than the {} expected at most", path.string(),
                            size, max_bytes));
  }
  std::vector<std::uint8_t> bytes(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw Error(fmt::format("{}: cannot read: {}", path.string(),
                              n < 0 ? reason(errno) : "it became shorter during the read"));
    }
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

AtomicFile::AtomicFile(const fs::path& path) : asked_(path), target_(path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  // A loop of links, or a too long name.
  if (status.type() == fs::file_type::none) fail(error.value());
  const bool exists = fs::exists(status);
  if (exists && !fs::is_regular_file(status)) {
    throw Error(fmt::format("{}: not a regular file, so it cannot be written", path.string()));
  }
  // Step by step, because weakly_canonical does not follow a link to a missing file.
  while (fs::is_symlink(fs::symlink_status(target_, error))) {
    target_ = target_.parent_path() / fs::read_symlink(target_, error);
    if (error) fail(error.value());
  }
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
  // Without a name as long as possible: a killed program then leaves nothing. Some file systems
  // (NFS) cannot do that, and without /proc the file could not get a name.
  const bool nameless = ::access("/proc/self/fd", X_OK) == 0;
  if (nameless) {
    file_ = Descriptor(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
  }
  if (file_.get() < 0 && (!nameless || errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    const std::string name = temporary_name();
    file_ = Descriptor(::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
    if (file_.get() >= 0) temporary_ = name;
  }
  if (file_.get() < 0) fail(errno);
  struct stat old {};
  if (!exists || ::stat(target_.c_str(), &old) != 0) return;
  // Root gives a file back to its owner. Others may not, and the new file stays theirs. The mode
  // comes last, because a change of owner clears bits of it.
  const int refused = ::fchown(file_.get(), old.st_uid, old.st_gid);
  static_cast<void>(refused);
  ::fchmod(file_.get(), old.st_mode & 07777);
}

std::string AtomicFile::temporary_name() const {
  // Independent of the target's name, which may already have the maximum length.
  std::random_device random;
  return target_.parent_path() / fmt::format(".lama-{:08x}{:08x}.tmp", random(), random());
}

void AtomicFile::name_it() {
  const std::string source = fmt::format("/proc/self/fd/{}", file_.get());
  const std::string name = temporary_name();
  if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    fail(errno);
  }
  temporary_ = name;
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

fs::path AtomicFile::sync() {
  if (::fsync(file_.get()) != 0) fail(errno);
  // Otherwise a read would come from memory and not check the disk.
  ::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED);
  if (!temporary_.empty()) return temporary_;
  return fmt::format("/proc/self/fd/{}", file_.get());
}

void AtomicFile::commit() {
  // Without the sync, a power cut after the rename could leave an empty file under the old name.
  if (::fsync(file_.get()) != 0) fail(errno);
  if (temporary_.empty()) name_it();
  if (::close(file_.release()) != 0) fail(errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(errno);
  temporary_.clear();
}

void AtomicFile::fail(int error) const {
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
  std::error_code ignored;
  if (error == ENOENT && !fs::exists(folder, ignored)) {
    throw Error(fmt::format("{}: the folder {} does not exist; create it first", asked_.string(),
                            folder.string()));
  }
  throw Error(fmt::format("{}: cannot write: {}", asked_.string(), reason(error)));
}

void create_folders(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw Error(fmt::format("{}: cannot create: {}", path.string(), error.message()));
}

void require_writable(const fs::path& path) { const AtomicFile probe(path); }

}  // namespace lama::internal

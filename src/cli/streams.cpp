#include "cli/streams.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "cli/interrupt.h"
#include "codecs/file_limit.h"
#include "codecs/picture.h"

namespace lama::internal::cli {
namespace {

std::string reason() { return std::strerror(errno); }  // NOLINT(concurrency-mt-unsafe)

/// Waits until `file` can be read or written, so that reads and writes do not wait: a signal would
/// not end their wait (SA_RESTART in cli/interrupt.cpp).
void wait_for(int file, short events) {
  pollfd waited = {.fd = file, .events = events, .revents = 0};
  constexpr int kMilliseconds = 100;
  do {
    check_interrupted();
  } while (::poll(&waited, 1, kMilliseconds) <= 0);
}

std::vector<std::uint8_t> read_stdin() {
  std::vector<std::uint8_t> bytes;
  constexpr std::size_t kPiece = 1 << 16;
  while (bytes.size() <= codecs::kMaxFileBytes) {
    wait_for(STDIN_FILENO, POLLIN);
    const std::size_t size = bytes.size();
    bytes.resize(size + kPiece);
    const ssize_t n = ::read(STDIN_FILENO, bytes.data() + size, kPiece);
    bytes.resize(size + (n > 0 ? static_cast<std::size_t>(n) : 0));
    if (n == 0) return bytes;
    if (n < 0) throw Error(fmt::format("cannot read stdin: {}", reason()));
  }
  throw Error(fmt::format("stdin: {} bytes are the limit for a picture", codecs::kMaxFileBytes));
}

void write_stdout(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    wait_for(STDOUT_FILENO, POLLOUT);
    // A pipe that can be written takes so many bytes at once.
    const ssize_t n =
        ::write(STDOUT_FILENO, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (n < 0) throw Error(fmt::format("cannot write the picture to stdout: {}", reason()));
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

std::vector<std::uint8_t> read_input(const std::string& path, const std::string& what) {
  if (is_stream(path)) return read_stdin();
  std::error_code ignored;
  if (std::filesystem::is_fifo(path, ignored)) {
    throw Error(
        fmt::format("{0}: a pipe is read from stdin alone: give - and < {0} ({1})", path, what));
  }
  return codecs::read_picture_file(path, what);
}

void require_stdout_takes_pictures() {
  if (::isatty(STDOUT_FILENO) != 0) {
    throw Error("-o - writes a picture to stdout, which is a terminal: redirect it to a file");
  }
}

void write_output(const std::string& path, std::span<const std::uint8_t> bytes) {
  if (is_stream(path)) return write_stdout(bytes);
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace lama::internal::cli

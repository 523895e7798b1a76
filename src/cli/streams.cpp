#include "cli/streams.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "cli/interrupt.h"

namespace lama::internal::cli {
namespace {

constexpr std::size_t kMost = 1 << 30;

std::string reason() { return std::strerror(errno); }  // NOLINT(concurrency-mt-unsafe)

}  // namespace

std::vector<std::uint8_t> read_stdin() {
  std::vector<std::uint8_t> bytes;
  constexpr std::size_t kPiece = 1 << 16;
  while (bytes.size() <= kMost) {
    check_interrupted();
    const std::size_t size = bytes.size();
    bytes.resize(size + kPiece);
    const ssize_t n = ::read(STDIN_FILENO, bytes.data() + size, kPiece);
    bytes.resize(size + (n > 0 ? static_cast<std::size_t>(n) : 0));
    if (n == 0) return bytes;
    if (n < 0 && errno != EINTR) throw Error(fmt::format("cannot read stdin: {}", reason()));
  }
  throw Error(fmt::format("stdin: {} bytes are the limit for a picture", kMost));
}

void require_stdout_takes_pictures() {
  if (::isatty(STDOUT_FILENO) != 0) {
    throw Error("-o - writes a picture to stdout, which is a terminal: redirect it to a file");
  }
}

void write_stdout(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) {
      check_interrupted();
    } else if (n < 0) {
      throw Error(fmt::format("cannot write the picture to stdout: {}", reason()));
    } else {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
}

}  // namespace lama::internal::cli

#include "cli/out_of_memory.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include "base/memory.h"

namespace lama::internal::cli {
namespace {

/// Allocates nothing, and may run in a signal handler.
[[noreturn]] void say_and_end(int /*signal*/ = 0) {
  for (const std::string_view text : {"lama: ", kOutOfMemory, "\n"}) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    static_cast<void>(written);
  }
  ::_exit(1);
}

[[noreturn]] void at_terminate() {
  try {
    if (const auto error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    say_and_end();
  } catch (...) {  // a mistake of ours: the core file shows it
  }
  std::abort();
}

}  // namespace

void explain_end_of_memory() {
  std::signal(SIGTRAP, say_and_end);  // GLib's abort
  std::set_terminate(at_terminate);   // x265 throws in a thread of its own
}

}  // namespace lama::internal::cli

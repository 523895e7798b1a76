#include "cli/interrupt.h"

#include <csignal>

namespace lama::cli {
namespace {

// A signal handler can reach nothing but global state.
volatile std::sig_atomic_t noted = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { noted = signal; };
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

void check_interrupted() {
  if (noted != 0) throw Interrupted(noted);
}

}  // namespace lama::cli

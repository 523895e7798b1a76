#include "cli/interrupt.h"

#include <atomic>
#include <csignal>
#include <ctime>

namespace lama::internal::cli {
namespace {

// A signal handler reaches nothing but global state.
std::atomic<int> noted{0};
std::atomic<std::time_t> noted_at{0};
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<std::time_t>::is_always_lock_free);

void note(int signal) {
  const std::time_t now = std::time(nullptr);
  if (noted == 0) {
    noted_at = now;
    noted = signal;
  } else if (now - noted_at >= 2) {
    // The user insists. (A second signal within two seconds is the same request: a terminal's
    // ctrl-C and timeout(1) signal both the process and its group.)
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
}

/// Leaves ignored signals ignored, such as those of a shell script's background jobs.
void catch_signal(int signal) {
  struct sigaction action {};
  if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupts() {
  catch_signal(SIGINT);
  catch_signal(SIGTERM);
  catch_signal(SIGHUP);
}

bool is_interrupted() { return noted != 0; }

void check_interrupted() {
  if (noted != 0) throw Interrupted(noted);
}

}  // namespace lama::internal::cli

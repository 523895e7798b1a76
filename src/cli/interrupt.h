// Turns Ctrl-C, SIGTERM and SIGHUP into exceptions, so that destructors remove temporary files.
#pragma once

#include "base/error.h"

namespace lama::internal::cli {

/// `signal` asked the program to stop.
class Interrupted : public Cancelled {
 public:
  explicit Interrupted(int number) : signal(number) {}
  const int signal;
};

/// From now on SIGINT, SIGTERM and SIGHUP are recorded and do not end the program; another one two
/// seconds later ends it at once.
void catch_interrupts();

/// Whether a signal was recorded.
bool is_interrupted();

/// Throws Interrupted if a signal was recorded.
void check_interrupted();

}  // namespace lama::internal::cli

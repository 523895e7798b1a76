// Ctrl-C, SIGTERM and SIGHUP as exceptions, so that temporary files go the ordinary way.
#pragma once

#include "base/error.h"

namespace lama::cli {

/// The program was asked to stop by `signal`.
class Interrupted : public Cancelled {
 public:
  explicit Interrupted(int number) : signal(number) {}
  const int signal;
};

/// From here on SIGINT, SIGTERM and SIGHUP are noted instead of ending the program; another one two
/// seconds later ends it at once.
void catch_interrupts();

/// Whether a signal has been noted.
bool is_interrupted();

/// Throws Interrupted if a signal has been noted.
void check_interrupted();

}  // namespace lama::cli

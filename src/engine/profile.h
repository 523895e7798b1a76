// Where a network's time goes.
#pragma once

#include <ctime>
#include <map>
#include <string>

namespace lama::internal::engine {

struct StageTime {
  double seconds = 0;      ///< on the clock
  double cpu_seconds = 0;  ///< of all the process's threads: on a busy machine the number to trust
  double multiplications = 0;
};

/// By stage: a kind of work, such as "1x1", whichever layers it is done for.
using Profile = std::map<std::string, StageTime>;

/// Adds the time from its making to its end.
class StageWatch {
 public:
  explicit StageWatch(StageTime& to)
      : to_(to), seconds_(now(CLOCK_MONOTONIC)), cpu_seconds_(now(CLOCK_PROCESS_CPUTIME_ID)) {}
  ~StageWatch() {
    to_.seconds += now(CLOCK_MONOTONIC) - seconds_;
    to_.cpu_seconds += now(CLOCK_PROCESS_CPUTIME_ID) - cpu_seconds_;
  }
  StageWatch(const StageWatch&) = delete;
  StageWatch& operator=(const StageWatch&) = delete;

  static double now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

 private:
  StageTime& to_;
  double seconds_, cpu_seconds_;
};

}  // namespace lama::internal::engine

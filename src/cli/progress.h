#pragma once

#include <chrono>
#include <string>

namespace lama::cli {

/// Progress of one piece of work on stderr: a bar with the time left on a terminal; elsewhere a
/// line every ten seconds, so that logs stay short. Nothing at all if `shown` is false.
class Progress {
 public:
  Progress(std::string label, bool shown);
  ~Progress();  ///< removes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(double done);  ///< share of the work done, 0 to 1

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  bool shown_, terminal_;
  Clock::time_point start_, last_;
};

}  // namespace lama::cli

#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace lama::internal::cli {

/// Progress of one piece of work on stderr: a bar with the time left on a terminal; elsewhere a
/// line every ten seconds, so that logs stay short. Prints nothing if `shown` is false.
/// Thread-safety: all functions may be called from any thread.
class Progress {
 public:
  Progress(std::string label, bool shown);
  ~Progress();  ///< removes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void label(std::string label);
  void update(double done);  ///< share of the work done, 0 to 1
  /// Sets the share of earlier runs: only later progress counts for the time left.
  void begin_at(double done);
  /// Prints a line above the bar, even if the progress itself is not shown.
  void say_between(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  std::string label_;
  bool shown_, terminal_;
  Clock::time_point start_, last_;
  double begin_ = 0;
};

}  // namespace lama::internal::cli

#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace lama::cli {

/// Progress of one piece of work on stderr: a bar with the time left on a terminal; elsewhere a
/// line every ten seconds, so that logs stay short. Nothing at all if `shown` is false.
/// Thread-safety: all functions may be called from any thread.
class Progress {
 public:
  Progress(std::string label, bool shown);
  ~Progress();  ///< removes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void label(std::string label);
  void update(double done);  ///< share of the work done, 0 to 1
  /// The share that was done before: the time left is told from what is done after it.
  void begin_at(double done);
  /// Prints a line, even if the progress itself is not shown; the bar makes room for it.
  void say_between(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  std::string label_;
  bool shown_, terminal_;
  Clock::time_point start_, last_;
  double begin_ = 0;
};

}  // namespace lama::cli

#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "training/train_request.h"

namespace lama::internal::cli {

/// Progress of a training on stderr: on a terminal one line in place, with the curve of the
/// reconstruction loss; elsewhere a line every ten seconds. Prints nothing if `shown` is false.
class TrainingLine {
 public:
  explicit TrainingLine(bool shown);
  ~TrainingLine();  ///< removes the line
  TrainingLine(const TrainingLine&) = delete;
  TrainingLine& operator=(const TrainingLine&) = delete;

  void update(const training::TrainingProgress& now);
  /// Prints a line above the one in place.
  void say_between(const std::string& line) const;

 private:
  using Clock = std::chrono::steady_clock;

  /// The means of a loss over equal parts of the run so far. Too many parts are joined in
  /// pairs.
  class Curve {
   public:
    void add(double value);
    std::string text() const;

   private:
    std::vector<double> parts_;
    double sum_ = 0;
    int summed_ = 0, steps_per_part_ = 1;
  };

  bool shown_, terminal_;
  Clock::time_point last_;
  Curve curve_;
  std::map<std::string, double> smooth_;  ///< losses
};

}  // namespace lama::internal::cli

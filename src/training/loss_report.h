#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "training/run.h"
#include "training/schedule.h"
#include "training/training_step.h"

namespace lama::internal::training {

/// Reports losses and speed: to the request after every step, and means to the log every
/// log_every_n_steps. Thread-safety: none.
class LossReport {
 public:
  /// Both must outlive this.
  LossReport(Run& run, const Schedule& schedule) : run_(run), schedule_(schedule) {}

  /// Counts a step, finite or not. The first of a process sets things up and is not timed.
  void count_step();
  /// In the first process, after step `step`, from 1, at sample `samples` of the stream.
  void report(const TrainingStep::Result& result, std::int64_t step, std::int64_t samples);
  /// The images per second of all processes, data and validation included. Not finite before the
  /// second step.
  double images_per_second() const;

 private:
  using Clock = std::chrono::steady_clock;
  double seconds_per_step() const;

  Run& run_;
  const Schedule& schedule_;
  Clock::time_point begin_;
  std::int64_t steps_ = 0;              // of this process
  std::map<std::string, double> sums_;  // of losses since the last line in the log
  int summed_ = 0;
};

}  // namespace lama::internal::training

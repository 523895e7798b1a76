#pragma once

#include <cstdint>
#include <string>

#include "training/data/batch.h"
#include "training/run.h"
#include "training/training_step.h"

namespace lama::internal::training {

/// Steps whose losses or gradients are not finite. Thread-safety: none.
class NotFiniteSteps {
 public:
  /// `run` must outlive this.
  explicit NotFiniteSteps(Run& run) : run_(run) {}

  /// Writes the batch of step `step` into the run's folder, if it is among the first few. Throws
  /// Error if the step ends the run: at once, or with skip_nan after many such steps in a row.
  void add(const TrainingStep::Result& result, const Batch& batch, std::int64_t step);
  /// A step was finite.
  void reset() { in_a_row_ = 0; }

 private:
  /// Says what became of the batch.
  std::string keep(const Batch& batch, const std::string& losses, std::int64_t step);

  Run& run_;
  int in_a_row_ = 0, kept_ = 0;
};

}  // namespace lama::internal::training

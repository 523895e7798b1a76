#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evaluation/network_weights.h"
#include "networks/generator.h"
#include "training/config/training_config.h"
#include "training/run.h"
#include "training/training_step.h"
#include "training/validation.h"

namespace lama::internal::training {

/// All sets that a run measures its generator on while it trains: data.val, data.visual_test and
/// data.extra_val.
class Validations {
 public:
  /// `run` must outlive this. Throws Error if a set has no pairs.
  explicit Validations(Run& run);

  bool empty() const { return sets_.empty(); }
  /// The config's choice of the best checkpoints; by SSIM where it needs FID or LPIPS and their
  /// networks are not there.
  const CheckpointConfig& checkpoint() const { return checkpoint_; }

  /// Measures some batches of each set, to find mistakes that would else end the run at its first
  /// validation. Throws Error if the checkpoints' monitor is not among the metrics.
  void check(networks::GeneratorImpl& generator, TrainingStep& step) const;

  /// Measures all sets after training step `step` of epoch `epoch`, and logs the results. Returns
  /// the metrics in the first process, nothing in others.
  std::map<std::string, double> measure(networks::GeneratorImpl& generator, TrainingStep& step,
                                        std::int64_t step_number, std::int64_t epoch) const;

 private:
  Run& run_;
  evaluation::FeatureNetworks feature_networks_;
  CheckpointConfig checkpoint_;
  std::vector<Validation> sets_;
};

}  // namespace lama::internal::training

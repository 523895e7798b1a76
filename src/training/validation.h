// Measuring a generator on pictures with fixed masks while it is trained (validation in
// saicinpainting/training/trainers/base.py).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "evaluation/network_weights.h"
#include "evaluation/summary.h"
#include "training/config/training_config.h"
#include "training/data/fixed_pairs.h"
#include "training/processes.h"
#include "training/training_step.h"

namespace lama::internal::training {

/// One set: data.val, data.visual_test or one of data.extra_val.
class Validation {
 public:
  /// Throws Error if there are no pairs.
  Validation(const FixedDataConfig& config, const EvaluatorConfig& evaluator);

  /// The beginning of its metrics' names: "val", "test", "extra_val_NAME".
  const std::string& title() const { return title_; }
  std::int64_t batches() const;

  struct Result {
    evaluation::Summary summary;
    /// By the names they are logged and monitored under: "val_ssim_total_mean",
    /// "val_hole_psnr_10-20%_std"; and mean losses of the first process' share, "val_gen_l1".
    std::map<std::string, double> metrics;
    TrainingStep::Result shown;  ///< of the first batch
  };

  /// Measures at most `batches` batches, which the processes share; the result is the first
  /// process'. Networks are in eval(); `step` gives losses.
  Result operator()(networks::GeneratorImpl& generator, TrainingStep& step,
                    const evaluation::FeatureNetworks& networks, Processes& processes,
                    std::int64_t batches) const;

 private:
  FixedDataConfig config_;
  std::string title_;
  EvaluatorConfig evaluator_;
  FixedPairs pairs_;
};

}  // namespace lama::internal::training

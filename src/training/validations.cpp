#include "training/validations.h"

#include <fmt/format.h>

#include "base/error.h"
#include "evaluation/tables.h"
#include "networks/one_thread.h"
#include "training/samples.h"

namespace lama::internal::training {
namespace {

/// The monitor where the published one needs a network that is not there.
constexpr const char* kOtherMonitor = "val_ssim_total_mean";

bool mentions(const std::string& monitor, const char* metric) {
  return monitor.find(metric) != std::string::npos;
}

evaluation::FeatureNetworks open_feature_networks(Run& run) {
  const networks::OneThread restores;
  evaluation::FeatureNetworks networks = run.request().open_networks();
  for (const std::string& note : networks.notes) run.say("note: " + note);
  return networks;
}

CheckpointConfig measurable(CheckpointConfig config, const evaluation::FeatureNetworks& networks,
                            Run& run) {
  const bool without_fid = mentions(config.monitor, "fid") && !networks.inception;
  const bool without_lpips = mentions(config.monitor, "lpips") && !networks.lpips;
  if (!without_fid && !without_lpips) return config;
  run.say(fmt::format("{} chooses the best checkpoints, because {} needs {}, which is not there",
                      kOtherMonitor, config.monitor, without_fid ? "FID" : "LPIPS"));
  config.monitor = kOtherMonitor;
  config.mode_max = true;
  return config;
}

}  // namespace

Validations::Validations(Run& run)
    : run_(run),
      feature_networks_(open_feature_networks(run)),
      checkpoint_(measurable(run.config().trainer.checkpoint, feature_networks_, run)) {
  const DataConfig& data = run.config().data;
  if (data.val) sets_.emplace_back(*data.val, run.config().evaluator);
  if (data.visual_test) sets_.emplace_back(*data.visual_test, run.config().evaluator);
  for (const FixedDataConfig& set : data.extra_val) {
    sets_.emplace_back(set, run.config().evaluator);
  }
  if (sets_.empty()) run.say("nothing is measured while training: the config has no data.val");
}

void Validations::check(networks::GeneratorImpl& generator, TrainingStep& step) const {
  const BatchLimit& limit = run_.config().trainer.num_sanity_val_steps;
  if (limit.of(1) == 0 || sets_.empty()) return;
  step.train(false);
  std::map<std::string, double> found;
  for (const Validation& set : sets_) {
    const auto result =
        set(generator, step, feature_networks_, run_.processes(), limit.of(set.batches()));
    found.insert(result.metrics.begin(), result.metrics.end());
  }
  step.train(true);
  const std::string& monitor = checkpoint_.monitor;
  // A few pictures may have no FID, and not every size of hole.
  const bool may_come = mentions(monitor, "fid") || mentions(monitor, "%");
  if (!run_.is_first() || checkpoint_.save_top_k == 0 || may_come || found.contains(monitor)) {
    return;
  }
  std::string totals;
  for (const auto& entry : found) {
    if (mentions(entry.first, "total_mean")) totals += " " + entry.first;
  }
  throw Error(fmt::format("trainer.checkpoint_kwargs.monitor: {} is not measured; there are:{}",
                          monitor, totals));
}

std::map<std::string, double> Validations::measure(networks::GeneratorImpl& generator,
                                                   TrainingStep& step, std::int64_t step_number,
                                                   std::int64_t epoch) const {
  const TrainingConfig& config = run_.config();
  std::map<std::string, double> metrics;
  step.train(false);
  for (const Validation& set : sets_) {
    const std::int64_t batches = config.trainer.limit_val_batches.of(set.batches());
    const auto result = set(generator, step, feature_networks_, run_.processes(), batches);
    if (!run_.is_first()) continue;
    metrics.insert(result.metrics.begin(), result.metrics.end());
    run_.log()->note(evaluation::readable_table({result.summary}, {}));
    std::string line = fmt::format("step {}: {}:", step_number, set.title());
    for (const auto& [name, statistic] : result.summary.total().metrics) {
      line += fmt::format(" {} {:.4g}", name, statistic.mean);
    }
    run_.say(line);
    if (!config.visualizer.enabled || !result.shown.inpainting.image.defined()) continue;
    if (const auto strip = sample_strip(result.shown, config.visualizer)) {
      run_.log()->sample(set.title(), epoch, 0, step_number, *strip);
    }
  }
  step.train(true);
  if (run_.is_first()) run_.log()->scalars(step_number, metrics);
  return metrics;
}

}  // namespace lama::internal::training

#include "training/config/trainer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace lama::internal::training {
namespace {

using config::Section;

void read_limit(Section& section, const std::string& key, BatchLimit& limit) {
  std::string text;
  section.read(key, text);
  if (text.empty()) return;
  const auto count = config::to_whole_number(text);
  const auto share = config::to_number(text);
  if (count && *count >= 0) {
    limit = {.count = *count, .share = *count == 0 ? 0.0 : 1.0};
  } else if (share && *share >= 0 && *share <= 1) {
    limit = {.count = 0, .share = *share};
  } else {
    section.fail(key, text + " is neither a number of batches nor a share of them such as 0.5");
  }
}

void read_trainer_kwargs(Section section, const Reading& reading) {
  TrainerConfig& options = reading.config.trainer;
  section.read("max_epochs", options.max_epochs, 1, 1'000'000);
  section.read("max_steps", options.max_steps, -1, kManySteps);
  if (options.max_steps == 0) section.fail("max_steps", "0 trains nothing; -1 is no limit");
  read_limit(section, "limit_train_batches", options.limit_train_batches);
  read_limit(section, "limit_val_batches", options.limit_val_batches);
  read_limit(section, "val_check_interval", options.val_check_interval);
  section.read("check_val_every_n_epoch", options.check_val_every_n_epoch, 1, 1'000'000);
  std::int64_t sanity = options.num_sanity_val_steps.count;
  section.read("num_sanity_val_steps", sanity, -1, kManySteps);
  options.num_sanity_val_steps = {.count = std::max<std::int64_t>(sanity, 0),
                                  .share = sanity == 0 ? 0.0 : 1.0};
  section.read("gradient_clip_val", options.gradient_clip_val, 0, kMost);
  section.read("log_every_n_steps", options.log_every_n_steps, 1, kManySteps);
  std::string precision = "32";
  section.read("precision", precision);
  if (precision == "16") {
    section.fail("precision",
                 "16 is not supported: Fourier transforms of pictures go beyond its range; say "
                 "bf16 or 32");
  }
  using Precision = TrainerConfig::Precision;
  section.read<Precision>("precision", options.precision,
                          {{"32", Precision::float32}, {"bf16", Precision::bfloat16}});
  section.read("accumulate_grad_batches", options.accumulate_grad_batches, 1, 100'000);
  section.read("sync_batchnorm", options.sync_batchnorm);
  section.read("deterministic", options.deterministic);
  section.read("benchmark", options.benchmark);
  section.read("resume_from_checkpoint", options.resume_from_checkpoint);

  static constexpr std::pair<const char*, const char*> kIgnored[] = {
      {"gpus", "the number of processes decides: docs/training.md"},
      {"num_nodes", "the number of processes decides: docs/training.md"},
      {"num_processes", "the number of processes decides: docs/training.md"},
      {"accelerator", "processes always average their gradients"},
      {"replace_sampler_ddp", "each process always has its own share of the pictures"},
      {"terminate_on_nan",
       "recipe.on_nan decides: a loss that is not finite always stops or skips"},
      {"log_gpu_memory", "it is not logged"},
      {"track_grad_norm", "it is not logged by this key"},
      {"amp_backend", "precision decides"},
      {"amp_level", "precision decides"},
      {"progress_bar_refresh_rate", "the terminal shows the progress"},
      {"weights_summary", "lama train --dry-run shows it"},
  };
  for (const auto& [key, why] : kIgnored) reading.ignore(section, "trainer.kwargs", key, why);
  section.require_no_others();
}

}  // namespace

void read_trainer(Section section, const Reading& reading) {
  read_trainer_kwargs(section.required_section("kwargs"), reading);
  CheckpointConfig& options = reading.config.trainer.checkpoint;
  if (auto checkpoint = section.section("checkpoint_kwargs")) {
    checkpoint->read("save_top_k", options.save_top_k, -1, 1'000'000);
    checkpoint->read("save_last", options.save_last);
    checkpoint->read("period", options.period, 1, 1'000'000);
    checkpoint->read("monitor", options.monitor);
    checkpoint->read<bool>("mode", options.mode_max, {{"max", true}, {"min", false}});
    checkpoint->read("every_n_train_steps", options.every_n_train_steps, 0, kManySteps);
    reading.ignore(*checkpoint, "trainer.checkpoint_kwargs", "verbose",
                   "every saved file is reported");
    checkpoint->require_no_others();
  }
  section.require_no_others();
}

}  // namespace lama::internal::training

#include "training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/generator_config.h"
#include "networks/torch_error.h"
#include "training/checkpoint.h"
#include "training/checkpoints.h"
#include "training/data/training_data.h"
#include "training/data_options.h"
#include "training/loss_report.h"
#include "training/not_finite.h"
#include "training/run.h"
#include "training/samples.h"
#include "training/schedule.h"
#include "training/trained_networks.h"
#include "training/training_step.h"
#include "training/validations.h"
#include "weights/safetensors.h"

namespace lama::internal::training {
namespace {

/// Below this many pictures a step, training with batch norm goes badly (the paper's authors).
constexpr int kSmallBatch = 20;

/// How far a run has come.
struct Position {
  std::int64_t step = 0;                  ///< done
  std::int64_t samples = 0;               ///< TrainingData::position
  std::map<std::string, double> metrics;  ///< of the last validation
};

/// The training of section 2.2: on each batch a step of the generator, then one of the
/// discriminator; now and then a validation and a checkpoint.
class Trainer {
 public:
  /// Everything that a run is made of; a resumed one as its checkpoint left it.
  explicit Trainer(Run& run);
  void train();

 private:
  TrainingState state();
  std::optional<std::filesystem::path> wanted_checkpoint();
  Position resumed();
  TrainingDataOptions data_options() const;

  void describe();
  void train_on_next_batch();
  std::vector<Example> micro_batches(const Batch& batch) const;
  void validate(std::int64_t epoch);
  enum class Keep { as_last, if_best };
  enum class Then { go_on, end, stop };
  void save(Keep keep, Then then);
  void write_average() const;
  void report_unreadable_pictures();
  bool stop_wanted();

  bool averaging() const {
    const auto& average = config_.training_model.average_generator;
    return average && position_.step > average->start_step;
  }
  networks::GeneratorImpl& validated_generator() {
    return averaging() ? *networks_.average : *networks_.generator;
  }

  Run& run_;
  const TrainingConfig& config_;
  Validations validations_;
  TrainedNetworks networks_;
  TrainingStep training_step_;
  std::optional<Checkpoints> checkpoints_;  // of the first process
  Position position_;
  TrainingData data_;
  Schedule schedule_;
  LossReport losses_;
  NotFiniteSteps not_finite_;
  std::size_t reported_unreadable_ = 0;  // pictures
};

std::optional<Checkpoints> open_checkpoints(const Run& run, const CheckpointConfig& config) {
  if (!run.is_first()) return std::nullopt;
  return Checkpoints(run.config().run_dir / "models", {.save_top_k = config.save_top_k,
                                                       .save_last = config.save_last,
                                                       .monitor = config.monitor,
                                                       .larger_is_better = config.mode_max});
}

Trainer::Trainer(Run& run)
    : run_(run),
      config_(run.config()),
      validations_(run),
      networks_(run),
      training_step_(config_, networks_.generator, networks_.discriminator,
                     open_loss_networks(config_.losses, run.device()), run.processes()),
      checkpoints_(open_checkpoints(run, validations_.checkpoint())),
      position_(resumed()),
      data_(data_options(), run.processes().rank(), run.processes().size()),
      schedule_(config_, data_.size(), run.processes().size()),
      losses_(run, schedule_),
      not_finite_(run) {}

/// The checkpoint that the request goes on from, or nothing for a new run.
std::optional<std::filesystem::path> Trainer::wanted_checkpoint() {
  const TrainRequest& request = run_.request();
  if (!request.resume && request.checkpoint.empty()) return std::nullopt;
  const std::filesystem::path folder = config_.run_dir / "models";
  std::filesystem::path path = request.checkpoint;
  if (path.empty() && checkpoints_) path = checkpoints_->latest().value_or("");
  path = run_.broadcast_text(path.string());
  if (path.empty()) {
    throw Error(fmt::format("{}: no checkpoint to go on from: start again without --resume",
                            folder.string()));
  }
  if (checkpoints_ && request.checkpoint.empty() && checkpoints_->last_is_damaged()) {
    run_.say(fmt::format("warning: {} is damaged", (folder / "last.ckpt").string()));
  }
  return path;
}

/// Sets networks and optimizers to those of the wanted checkpoint, if there is one.
Position Trainer::resumed() {
  const std::optional<std::filesystem::path> path = wanted_checkpoint();
  if (!path) return {};
  TrainingState state = this->state();
  read_checkpoint(*path, state, pictures_per_step(config_, run_.processes().size()));
  run_.say(fmt::format("going on from {}: step {}", path->string(), state.global_step));
  return {.step = state.global_step, .samples = state.samples, .metrics = state.metrics};
}

TrainingDataOptions Trainer::data_options() const {
  TrainingDataOptions options = training_data_options(config_);
  options.first_sample = position_.samples;
  options.first_iteration = position_.step;
  return options;
}

/// The networks' and optimizers' part of a checkpoint.
TrainingState Trainer::state() {
  TrainingState state;
  state.state_dict = networks_.state_dict();
  state.average = networks_.average_state_dict();
  state.optimizers = {&training_step_.generator_optimizer(),
                      &training_step_.discriminator_optimizer()};
  return state;
}

void Trainer::describe() {
  const std::int64_t pictures = schedule_.pictures_per_step;
  run_.say(fmt::format("{} pictures; {} of {} steps; {} pictures a step", data_.size(),
                       position_.step, schedule_.steps, pictures));
  if (pictures >= kSmallBatch) return;
  const std::int64_t together = config_.trainer.sync_batchnorm
                                    ? pictures / config_.trainer.accumulate_grad_batches
                                    : config_.data.train.batch_size;
  run_.say(
      fmt::format("warning: a step has {} pictures, and batch norm sees {} at once: below about "
                  "{} results are known to suffer; raise data.batch_size or the processes",
                  pictures, together, kSmallBatch));
}

void Trainer::train() {
  describe();
  if (position_.step >= schedule_.steps) {
    run_.say("nothing left to do: raise trainer.kwargs.max_epochs to go on");
    return;
  }
  validations_.check(validated_generator(), training_step_);
  const std::int64_t save_every = config_.trainer.checkpoint.every_n_train_steps;
  while (position_.step < schedule_.steps) {
    const std::int64_t epoch = schedule_.epoch(position_.samples);
    const std::int64_t step_of_epoch = schedule_.step_of_epoch(position_.samples);
    train_on_next_batch();
    bool stop = stop_wanted();
    const bool validates =
        !stop && !validations_.empty() && schedule_.validates(epoch, step_of_epoch);
    if (validates) {
      save(Keep::as_last, Then::go_on);  // an interrupt may come before all is measured
      validate(epoch);
      stop = stop_wanted();
    }
    const bool last = stop || position_.step == schedule_.steps;
    const bool saves = save_every > 0 && position_.step % save_every == 0;
    if (validates || last || saves) {
      const int period = std::max(1, config_.trainer.checkpoint.period);
      const bool may_be_best =
          validates && schedule_.validations(epoch, step_of_epoch) % period == 0;
      save(may_be_best ? Keep::if_best : Keep::as_last, stop   ? Then::stop
                                                        : last ? Then::end
                                                               : Then::go_on);
    }
    if (last) report_unreadable_pictures();
    if (stop) {
      run_.say(fmt::format("stopped after step {}: lama train --resume {} goes on", position_.step,
                           config_.run_dir.string()));
      return;
    }
  }
  const double rate = losses_.images_per_second();
  run_.say(fmt::format("done after step {}: {}{}", position_.step, config_.run_dir.string(),
                       rate > 0 ? fmt::format(" ({:.3f} images/s)", rate) : ""));
}

std::vector<Example> Trainer::micro_batches(const Batch& batch) const {
  const Example all = example(batch, run_.device());
  const std::int64_t size = config_.data.train.batch_size;
  std::vector<Example> parts;
  for (std::int64_t i = 0; i < all.image.size(0); i += size) {
    parts.push_back({all.image.narrow(0, i, size), all.mask.narrow(0, i, size)});
  }
  return parts;
}

void Trainer::train_on_next_batch() {
  const std::int64_t epoch = schedule_.epoch(position_.samples);
  const std::int64_t step_of_epoch = schedule_.step_of_epoch(position_.samples);
  const Batch batch = data_.next();
  const TrainingStep::Result result = training_step_(micro_batches(batch), position_.step);
  ++position_.step;
  position_.samples = data_.position();
  losses_.count_step();
  if (!result.is_finite) return not_finite_.add(result, batch, position_.step);
  not_finite_.reset();
  networks_.update_average(config_, position_.step);
  if (position_.step % config_.trainer.log_every_n_steps == 0) report_unreadable_pictures();
  if (!run_.is_first()) return;
  losses_.report(result, position_.step, position_.samples);
  const VisualizerConfig& visualizer = config_.visualizer;
  // By the run's steps: of a small set every epoch would have one.
  if (!visualizer.enabled ||
      (position_.step - 1) % config_.training_model.visualize_each_iters != 0) {
    return;
  }
  if (const auto strip = sample_strip(result, visualizer)) {
    run_.log()->sample("train", epoch, step_of_epoch, position_.step, *strip);
  }
}

void Trainer::validate(std::int64_t epoch) {
  position_.metrics =
      validations_.measure(validated_generator(), training_step_, position_.step, epoch);
  if (!run_.is_first()) return;
  run_.log()->histograms(position_.step, "generator.", *networks_.generator);
  run_.log()->histograms(position_.step, "discriminator.", *networks_.discriminator);
}

/// Every process reports the pictures that it has tried itself.
void Trainer::report_unreadable_pictures() {
  const auto skipped = data_.skipped();
  for (std::size_t i = reported_unreadable_; i < skipped.size(); ++i) {
    run_.say_of_process(fmt::format("skipped ({} of {} pictures so far): {}: {}", i + 1,
                                    data_.size(), skipped[i].name, skipped[i].reason));
  }
  reported_unreadable_ = skipped.size();
}

/// A full disk ends the run only if this is its last checkpoint.
void Trainer::save(Keep keep, Then then) {
  if (!checkpoints_) return;
  try {
    TrainingState state = this->state();
    state.epoch = schedule_.epoch(position_.samples);
    state.global_step = position_.step;
    state.samples = position_.samples;
    state.metrics = position_.metrics;
    checkpoints_->save(state, keep == Keep::if_best, then == Then::stop);
    if (averaging()) write_average();
  } catch (const Error& error) {
    if (then != Then::go_on) throw;
    run_.say(
        fmt::format("{}; training goes on, the last checkpoint is an older one", error.what()));
  }
}

/// The mean of the generator's weights as a model, for `lama inpaint --model`.
void Trainer::write_average() const {
  std::vector<weights::TensorToWrite> tensors;
  for (const auto& [name, tensor] : networks::state_dict(*networks_.average)) {
    if (!tensor.is_floating_point()) continue;
    tensors.push_back({name, weights::DType::f32, tensor.sizes().vec(), [tensor = tensor] {
                         const torch::Tensor values = tensor.to(torch::kCPU).contiguous();
                         const float* begin = values.data_ptr<float>();
                         return std::vector<float>(begin, begin + values.numel());
                       }});
  }
  weights::write_safetensors(config_.run_dir / "models" / "average.safetensors", tensors,
                             {{"lama.config", model::to_json(config_.generator)}});
}

bool Trainer::stop_wanted() {
  const torch::Tensor wanted = torch::tensor(run_.request().stop_wanted() ? 1 : 0, run_.device());
  run_.processes().sum(wanted);
  return wanted.item<int>() > 0;
}

void describe_networks(const TrainRequest& request) {
  prepare_device(request, place_from_environment());
  const TrainedNetworks networks(request.config, request.say);
  request.say("dry run: nothing was read but the config, and nothing was written");
}

}  // namespace

void train(const TrainRequest& request) {
  try {
    if (request.dry_run) return describe_networks(request);
    // What may be missing, before a folder is made.
    find_loss_weights(request.config.losses);
    require_data(request.config.data);
    Run run(request);
    Trainer(run).train();
  } catch (const c10::Error& error) {
    throw networks::error_of(error);
  }
}

}  // namespace lama::internal::training

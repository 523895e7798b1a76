#include "training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/thread_pool.h"
#include "evaluation/tables.h"
#include "model/generator.h"
#include "networks/device.h"
#include "training/average.h"
#include "training/checkpoint.h"
#include "training/checkpoints.h"
#include "training/config/run_folder.h"
#include "training/data/training_data.h"
#include "training/data_options.h"
#include "training/learning_rate.h"
#include "training/run_log.h"
#include "training/samples.h"
#include "training/training_step.h"
#include "training/validation.h"
#include "weights/model_file.h"
#include "weights/safetensors.h"

namespace lama::training {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Below this many pictures a step, training with batch norm goes badly (the paper's authors).
constexpr int kSmallBatch = 20;
/// Steps left out one after another that end a run.
constexpr int kMostSkipped = 100;
/// The monitor where the published one needs a network that is not there.
constexpr const char* kOtherMonitor = "val_ssim_total_mean";

double millions(const torch::nn::Module& network) {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : network.parameters()) count += parameter.numel();
  return static_cast<double>(count) * 1e-6;
}

void append(networks::NamedTensors& tensors, const std::string& prefix,
            const networks::NamedTensors& more) {
  for (const auto& [name, tensor] : more) tensors.emplace_back(prefix + name, tensor);
}

std::vector<torch::Tensor> tensors_of(const torch::nn::Module& network) {
  std::vector<torch::Tensor> tensors = network.parameters();
  for (const torch::Tensor& buffer : network.buffers()) tensors.push_back(buffer);
  return tensors;
}

/// The first process' text on all of them.
std::string shared(const std::string& text, Processes& processes, const torch::Device& device) {
  const torch::Tensor length =
      torch::tensor(static_cast<std::int64_t>(text.size()), torch::kLong).to(device);
  processes.broadcast({length});
  torch::Tensor bytes = torch::zeros({length.item<std::int64_t>()}, torch::kUInt8);
  if (processes.is_first()) std::copy(text.begin(), text.end(), bytes.data_ptr<std::uint8_t>());
  bytes = bytes.to(device);
  processes.broadcast({bytes});
  bytes = bytes.to(torch::kCPU);
  const auto* begin = bytes.data_ptr<std::uint8_t>();
  return {begin, begin + bytes.numel()};
}

/// How long a step takes, from those that this process has done since the first, which also sets
/// things up.
class Pace {
 public:
  void after_step() {
    if (steps_++ == 0) begin_ = Clock::now();
  }
  /// Nothing is known before the second.
  double seconds_per_step() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count() /
           static_cast<double>(steps_ - 1);
  }

 private:
  Clock::time_point begin_;
  std::int64_t steps_ = 0;
};

class Trainer {
 public:
  explicit Trainer(const TrainRequest& request)
      : request_(request),
        config_(request.config),
        place_(place_from_environment()),
        device_(networks::find_device_for(request.device, place_.local_rank, place_.local_size)) {
    const int share =
        std::max(1, ThreadPool::available_processors() / std::max(1, place_.local_size));
    at::set_num_threads(request.threads > 0 ? request.threads : share);
    at::globalContext().setDeterministicCuDNN(config_.trainer.deterministic);
    at::globalContext().setBenchmarkCuDNN(config_.trainer.benchmark);
  }

  void run() {
    if (request_.dry_run) return describe();
    if (place_.rank == 0 && place_.size > 1 && place_.file.empty()) {
      request_.say(fmt::format("waiting at {}:{} until all {} processes are there", place_.host,
                               place_.port, place_.size));
    }
    processes_ = Processes(place_, device_);
    config_.seed = std::stoull(shared(std::to_string(config_.seed.value()), processes_, device_));
    config_.run_dir = shared(config_.run_dir.string(), processes_, device_);
    prepare();
    if (begin()) loop();
  }

 private:
  bool is_first() const { return processes_.is_first(); }
  void say(const std::string& line) const {
    if (log_) {
      log_->say(line);
    } else if (is_first()) {
      request_.say(line);
    }
  }

  void describe();
  void make_networks();
  void prepare();
  void refuse_another_run() const;
  void init_from();
  void open_data();
  bool begin();
  void loop();
  void one_step();
  void not_finite(const TrainingStep::Result& result, const Batch& batch);
  void report(const TrainingStep::Result& result);
  void say_skipped();
  void validate(std::int64_t epoch);
  void sanity_check();
  TrainingState state();
  void save(bool validated, bool last);
  void write_average() const;
  bool stop_wanted();

  std::int64_t epoch() const { return samples_ / (steps_per_epoch_ * pictures_per_step_); }
  std::int64_t step_of_epoch() const {
    return samples_ / pictures_per_step_ - epoch() * steps_per_epoch_;
  }
  bool averaging() const {
    return average_ && step_ > config_.training_model.average_generator->start_step;
  }
  networks::Generator& validated_generator() { return averaging() ? *average_ : generator_; }

  const TrainRequest& request_;
  TrainingConfig config_;
  Place place_;
  torch::Device device_;
  Processes processes_;
  networks::Generator generator_{nullptr};
  Discriminator discriminator_{nullptr};
  std::optional<networks::Generator> average_;
  std::unique_ptr<TrainingStep> training_step_;
  std::unique_ptr<TrainingData> data_;
  std::vector<Validation> validations_;
  evaluation::FeatureNetworks feature_networks_;
  std::unique_ptr<RunLog> log_;               // of the first process
  std::unique_ptr<Checkpoints> checkpoints_;  // of the first process

  std::int64_t step_ = 0, samples_ = 0;  // done
  std::int64_t steps_ = 0, steps_per_epoch_ = 0, pictures_per_step_ = 0;
  std::map<std::string, double> metrics_;  // of the last validation
  std::map<std::string, double> sums_;     // of losses since they were logged last
  int summed_ = 0;
  int skipped_in_a_row_ = 0;
  int validations_done_ = 0;      // of this process' life
  std::size_t told_skipped_ = 0;  // pictures
  Pace pace_;
};

void Trainer::make_networks() {
  torch::manual_seed(config_.seed.value());
  const model::Generator description = model::generator(config_.generator);
  generator_ = networks::Generator(description);
  discriminator_ = Discriminator(config_.discriminator);
  if (config_.training_model.average_generator) average_.emplace(description);
  say(fmt::format("generator: {}; {:.2f} million parameters", model::describe(config_.generator),
                  millions(*generator_)));
  say(fmt::format("discriminator: {:.2f} million parameters", millions(*discriminator_)));
}

void Trainer::describe() {
  make_networks();
  say("dry run: nothing was read but the config, and nothing was written");
}

void Trainer::prepare() {
  if (is_first()) {
    if (!request_.resume) {
      refuse_another_run();
      write_run_folder(config_);
    }
    log_ = std::make_unique<RunLog>(config_, request_.say);
    say(fmt::format("run folder: {}", config_.run_dir.string()));
    for (const std::string& note : config_.notes) say("note: " + note);
    if (config_.evaluator.bins != 10) {
      say("note: evaluator.bins: sizes of holes are told in ten steps");
    }
    feature_networks_ = request_.open_networks();
    for (const std::string& note : feature_networks_.notes) say("note: " + note);
  } else {
    feature_networks_ = request_.open_networks();
  }
  make_networks();
  LossNetworks losses = open_loss_networks(config_.losses, device_);
  init_from();
  generator_->to(device_);
  discriminator_->to(device_);
  processes_.broadcast(tensors_of(*generator_));
  processes_.broadcast(tensors_of(*discriminator_));
  if (average_) {
    (*average_)->to(device_);
    (*average_)->eval();
    for (torch::Tensor& parameter : (*average_)->parameters()) parameter.set_requires_grad(false);
    update_average(**average_, *generator_, 0);
  }
  training_step_ = std::make_unique<TrainingStep>(config_, generator_, discriminator_,
                                                  std::move(losses), processes_);
  open_data();
}

/// A new run must not take its folder for its own.
void Trainer::refuse_another_run() const {
  std::error_code ignored;
  if (!fs::exists(config_.run_dir / "models" / "last.ckpt", ignored)) return;
  throw Error(fmt::format("{}: there is a run already: --resume goes on with it",
                          config_.run_dir.string()));
}

void Trainer::init_from() {
  if (request_.init_from.empty()) return;
  const auto file = weights::open_networks(request_.init_from);
  say(fmt::format("initial weights: {}", request_.init_from.string()));
  std::size_t matched = 0;
  const auto load = [&](torch::nn::Module& network, const std::string& name) {
    const networks::Matched result = networks::load_matching(network, *file, name + ".");
    matched += result.matched.size();
    say(fmt::format("  {:<14} {:>5} matched {:>5} missing {:>5} unexpected {:>5} of another shape",
                    name, result.matched.size(), result.missing.size(), result.unexpected.size(),
                    result.other_shape.size()));
    for (const auto& [what, names] :
         {std::pair{"missing", &result.missing}, std::pair{"unexpected", &result.unexpected},
          std::pair{"another shape", &result.other_shape}}) {
      for (const std::string& tensor : *names) say(fmt::format("    {}: {}", what, tensor));
    }
  };
  load(*generator_, "generator");
  load(*discriminator_, "discriminator");
  if (matched == 0) {
    throw Error(fmt::format("{}: none of its tensors fits the networks of this config",
                            request_.init_from.string()));
  }
}

void Trainer::open_data() {
  const TrainerConfig& trainer = config_.trainer;
  CheckpointConfig checkpoint = trainer.checkpoint;
  const bool without_fid =
      checkpoint.monitor.find("fid") != std::string::npos && !feature_networks_.inception;
  const bool without_lpips =
      checkpoint.monitor.find("lpips") != std::string::npos && !feature_networks_.lpips;
  if (without_fid || without_lpips) {
    say(fmt::format("the best checkpoints are told by {}, because {} needs {}, which is not there",
                    kOtherMonitor, checkpoint.monitor, without_fid ? "FID" : "LPIPS"));
    checkpoint.monitor = kOtherMonitor;
    checkpoint.mode_max = true;
  }
  config_.trainer.checkpoint = checkpoint;
  if (is_first()) {
    checkpoints_ = std::make_unique<Checkpoints>(
        config_.run_dir / "models", Checkpoints::Options{.save_top_k = checkpoint.save_top_k,
                                                         .save_last = checkpoint.save_last,
                                                         .monitor = checkpoint.monitor,
                                                         .larger_is_better = checkpoint.mode_max});
  }
  std::vector<FixedDataConfig> sets = config_.data.extra_val;
  if (config_.data.visual_test) sets.insert(sets.begin(), *config_.data.visual_test);
  if (config_.data.val) sets.insert(sets.begin(), *config_.data.val);
  for (const FixedDataConfig& set : sets) validations_.emplace_back(set, config_.evaluator);
  if (validations_.empty()) say("nothing is measured while training: the config has no data.val");

  pictures_per_step_ = static_cast<std::int64_t>(config_.data.train.batch_size) *
                       trainer.accumulate_grad_batches * processes_.size();
  if (request_.resume || !request_.checkpoint.empty()) {
    fs::path path = request_.checkpoint;
    if (path.empty() && checkpoints_) path = checkpoints_->latest().value_or("");
    path = shared(path.string(), processes_, device_);
    if (path.empty()) {
      throw Error(fmt::format("{}: no checkpoint to go on from: start again without --resume",
                              (config_.run_dir / "models").string()));
    }
    if (checkpoints_ && request_.checkpoint.empty() && checkpoints_->last_is_damaged()) {
      say(fmt::format("warning: {} is damaged", (config_.run_dir / "models/last.ckpt").string()));
    }
    TrainingState state = this->state();
    read_checkpoint(path, state, pictures_per_step_);
    step_ = state.global_step;
    samples_ = state.samples;
    metrics_ = state.metrics;
    say(fmt::format("going on from {}: step {}", path.string(), step_));
  }
  TrainingDataOptions options = training_data_options(config_);
  options.first_sample = samples_;
  options.first_iteration = step_;
  data_ = std::make_unique<TrainingData>(options, processes_.rank(), processes_.size());
}

bool Trainer::begin() {
  const TrainerConfig& trainer = config_.trainer;
  const auto all =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(data_->size()) / pictures_per_step_);
  steps_per_epoch_ = std::max<std::int64_t>(1, trainer.limit_train_batches.of(all));
  steps_ = steps_per_epoch_ * trainer.max_epochs;
  if (trainer.max_steps > 0) steps_ = std::min(steps_, trainer.max_steps);
  say(fmt::format("{} pictures; {} of {} steps; {} pictures a step", data_->size(), step_, steps_,
                  pictures_per_step_));
  const std::int64_t together = trainer.sync_batchnorm
                                    ? pictures_per_step_ / trainer.accumulate_grad_batches
                                    : config_.data.train.batch_size;
  if (pictures_per_step_ < kSmallBatch) {
    say(
        fmt::format("warning: a step has {} pictures, and batch norm sees {} at once: below about "
                    "{} results are known to suffer; raise data.batch_size or the processes",
                    pictures_per_step_, together, kSmallBatch));
  }
  if (step_ >= steps_) {
    say("nothing left to do: raise trainer.kwargs.max_epochs to go on");
    return false;
  }
  sanity_check();
  return true;
}

void Trainer::loop() {
  const TrainerConfig& trainer = config_.trainer;
  const std::int64_t validate_every =
      std::max<std::int64_t>(1, trainer.val_check_interval.of(steps_per_epoch_));
  const std::int64_t save_every = trainer.checkpoint.every_n_train_steps;
  while (step_ < steps_) {
    const std::int64_t epoch = this->epoch(), step = step_of_epoch() + 1;
    one_step();
    bool stop = stop_wanted();
    const bool validates = !stop && step % validate_every == 0 && !validations_.empty() &&
                           (epoch + 1) % trainer.check_val_every_n_epoch == 0;
    if (validates) {
      save(false, false);  // whoever wants the run to end may not wait until all is measured
      validate(epoch);
      stop = stop_wanted();
    }
    const bool last = stop || step_ == steps_;
    if (validates || last || (save_every > 0 && step_ % save_every == 0)) save(validates, last);
    if (last) say_skipped();
    if (stop) {
      say(fmt::format("stopped after step {}: lama train --resume {} goes on", step_,
                      config_.run_dir.string()));
      return;
    }
  }
  const double rate = static_cast<double>(pictures_per_step_) / pace_.seconds_per_step();
  say(fmt::format("done after step {}: {}{}", step_, config_.run_dir.string(),
                  rate > 0 ? fmt::format(" ({:.3f} images/s)", rate) : ""));
}

void Trainer::one_step() {
  const std::int64_t epoch = this->epoch(), step = step_of_epoch();
  const Batch batch = data_->next();
  const Example all = example(batch, device_);
  std::vector<Example> micro_batches;
  for (std::int64_t i = 0; i < all.image.size(0); i += config_.data.train.batch_size) {
    const auto part = [&](const torch::Tensor& x) {
      return x.narrow(0, i, config_.data.train.batch_size);
    };
    micro_batches.push_back({part(all.image), part(all.mask)});
  }
  const TrainingStep::Result result = (*training_step_)(std::move(micro_batches), step_);
  ++step_;
  samples_ = data_->position();
  pace_.after_step();
  if (!result.is_finite) return not_finite(result, batch);
  skipped_in_a_row_ = 0;
  if (average_) {
    const auto& config = *config_.training_model.average_generator;
    // Until it begins, the mean is the generator itself.
    if (step_ % config.period == 0 || step_ <= config.start_step) {
      update_average(**average_, *generator_, step_ <= config.start_step ? 0 : config.beta);
    }
  }
  if (step_ % config_.trainer.log_every_n_steps == 0) say_skipped();
  if (!is_first()) return;
  report(result);
  const VisualizerConfig& visualizer = config_.visualizer;
  // By the run's steps: of a small set every epoch would have one.
  if (visualizer.enabled && (step_ - 1) % config_.training_model.visualize_each_iters == 0) {
    log_->sample("train", epoch, step, step_, sample_strip(result, visualizer));
  }
}

/// Keeps what led there, and ends the run unless it may go on.
void Trainer::not_finite(const TrainingStep::Result& result, const Batch& batch) {
  std::string losses;
  for (const auto& [name, value] : result.metrics) {
    losses += fmt::format("{}{} {:.4g}", losses.empty() ? "" : ", ", name, value.item<double>());
  }
  const fs::path folder = config_.run_dir / "not_finite";
  const fs::path path =
      folder / fmt::format("step={}-process={}.safetensors", step_, processes_.rank());
  std::string names;
  for (const std::string& name : batch.names) names += name + '\n';
  const weights::Shape sides = {batch.count, 3, batch.height, batch.width};
  std::string batch_is = fmt::format("the batch is in {}", path.string());
  try {
    create_folders(folder);
    weights::write_safetensors(
        path,
        {{"pictures", weights::DType::f32, sides, [&] { return batch.pictures; }},
         {"masks",
          weights::DType::f32,
          {sides[0], 1, sides[2], sides[3]},
          [&] { return batch.masks; }}},
        {{"names", names}, {"losses", losses}});
  } catch (const Error& error) {
    batch_is = fmt::format("the batch could not be kept: {}", error.what());
  }
  const std::string what =
      fmt::format("step {}: losses or gradients are not finite ({}); {}", step_, losses, batch_is);
  if (!config_.trainer.skip_nan) {
    throw Error(what +
                "; recipe.on_nan=skip would go on, a smaller optimizers.generator.lr may help");
  }
  if (++skipped_in_a_row_ == kMostSkipped) {
    throw Error(fmt::format("{}; that was so {} times in a row", what, kMostSkipped));
  }
  say(what + "; left out");
}

void Trainer::report(const TrainingStep::Result& result) {
  TrainingProgress progress{.epoch = epoch(), .step = step_, .steps = steps_};
  for (const auto& [name, value] : result.metrics) {
    const double number = value.item<double>();
    progress.losses.emplace_back(name, number);
    sums_["train_" + name] += number;
  }
  ++summed_;
  const double seconds = pace_.seconds_per_step();
  progress.images_per_second = static_cast<double>(pictures_per_step_) / seconds;
  progress.seconds_left = seconds * static_cast<double>(steps_ - step_);
  request_.progress(progress);
  if (step_ % config_.trainer.log_every_n_steps != 0) return;
  std::map<std::string, double> means = {
      {"images_per_second", progress.images_per_second},
      {"epoch", static_cast<double>(epoch())},
      {"learning_rate", learning_rate(config_.generator_optimizer, step_ - 1)}};
  std::string line = fmt::format("step {}:", step_);
  for (const auto& [name, sum] : std::exchange(sums_, {})) {
    means[name] = sum / summed_;
    line += fmt::format(" {} {:.4g}", name, means[name]);
  }
  summed_ = 0;
  log_->scalars(step_, means);
  log_->note(line);
}

/// Every process says it of the pictures that it has tried itself.
void Trainer::say_skipped() {
  const auto skipped = data_->skipped();
  for (std::size_t i = told_skipped_; i < skipped.size(); ++i) {
    const std::string line = fmt::format("skipped ({} of {} pictures so far): {}: {}", i + 1,
                                         data_->size(), skipped[i].name, skipped[i].reason);
    log_ ? log_->say(line) : request_.say(line);
  }
  told_skipped_ = skipped.size();
}

void Trainer::validate(std::int64_t epoch) {
  training_step_->train(false);
  metrics_.clear();
  for (const Validation& validation : validations_) {
    const std::int64_t batches = config_.trainer.limit_val_batches.of(validation.batches());
    const auto result =
        validation(*validated_generator(), *training_step_, feature_networks_, processes_, batches);
    if (!is_first()) continue;
    metrics_.insert(result.metrics.begin(), result.metrics.end());
    log_->note(evaluation::readable_table({result.summary}));
    std::string line = fmt::format("step {}: {}:", step_, validation.title());
    for (const auto& [name, statistic] : result.summary.total().metrics) {
      line += fmt::format(" {} {:.4g}", name, statistic.mean);
    }
    say(line);
    if (config_.visualizer.enabled && result.shown.inpainting.image.defined()) {
      log_->sample(validation.title(), epoch, 0, step_,
                   sample_strip(result.shown, config_.visualizer));
    }
  }
  training_step_->train(true);
  if (!is_first()) return;
  log_->scalars(step_, metrics_);
  log_->histograms(step_, "generator.", *generator_);
  log_->histograms(step_, "discriminator.", *discriminator_);
}

/// Finds what would go wrong at the first validation.
void Trainer::sanity_check() {
  const std::int64_t batches = config_.trainer.num_sanity_val_steps;
  if (batches == 0 || validations_.empty()) return;
  training_step_->train(false);
  std::map<std::string, double> found;
  for (const Validation& validation : validations_) {
    const auto result =
        validation(*validated_generator(), *training_step_, feature_networks_, processes_, batches);
    found.insert(result.metrics.begin(), result.metrics.end());
  }
  training_step_->train(true);
  const CheckpointConfig& checkpoint = config_.trainer.checkpoint;
  const std::string& monitor = checkpoint.monitor;
  // A few pictures may have no FID, and not every size of hole.
  const bool may_come =
      monitor.find("fid") != std::string::npos || monitor.find('%') != std::string::npos;
  if (!is_first() || checkpoint.save_top_k == 0 || may_come || found.contains(monitor)) return;
  std::string names;
  for (const auto& entry : found) {
    if (entry.first.find("total_mean") != std::string::npos) names += " " + entry.first;
  }
  throw Error(fmt::format("trainer.checkpoint_kwargs.monitor: {} is not measured; there are:{}",
                          monitor, names));
}

TrainingState Trainer::state() {
  TrainingState state;
  append(state.state_dict, "generator.", networks::state_dict(*generator_));
  append(state.state_dict, "discriminator.", networks::state_dict(*discriminator_));
  if (average_) {
    state.average.emplace();
    append(*state.average, "generator.", networks::state_dict(**average_));
  }
  state.optimizers = {&training_step_->generator_optimizer(),
                      &training_step_->discriminator_optimizer()};
  state.epoch = steps_per_epoch_ > 0 ? epoch() : 0;
  state.global_step = step_;
  state.samples = samples_;
  state.metrics = metrics_;
  return state;
}

/// A disk that is full ends the run only when there is nothing left to do but this.
void Trainer::save(bool validated, bool last) {
  if (!is_first()) return;
  try {
    const int period = std::max(1, config_.trainer.checkpoint.period);
    checkpoints_->save(state(), validated && ++validations_done_ % period == 0);
    if (averaging()) write_average();
  } catch (const Error& error) {
    if (last) throw;
    say(fmt::format("{}; training goes on, the last checkpoint is an older one", error.what()));
  }
}

/// The mean of the generator's weights as a model, for `lama inpaint --model`.
void Trainer::write_average() const {
  std::vector<weights::TensorToWrite> tensors;
  for (const auto& [name, tensor] : networks::state_dict(**average_)) {
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
  const torch::Tensor wanted = torch::tensor(request_.stop_wanted() ? 1 : 0, device_);
  processes_.sum(wanted);
  return wanted.item<int>() > 0;
}

}  // namespace

void train(const TrainRequest& request) {
  try {
    Trainer(request).run();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    throw Error(text.substr(0, text.find('\n')));
  }
}

}  // namespace lama::training

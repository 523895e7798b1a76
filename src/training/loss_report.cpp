#include "training/loss_report.h"

#include <fmt/format.h>

#include <utility>

#include "training/learning_rate.h"

namespace lama::internal::training {

void LossReport::count_step() {
  if (steps_++ == 0) begin_ = Clock::now();
}

double LossReport::seconds_per_step() const {
  return std::chrono::duration<double>(Clock::now() - begin_).count() /
         static_cast<double>(steps_ - 1);
}

double LossReport::images_per_second() const {
  return static_cast<double>(schedule_.pictures_per_step) / seconds_per_step();
}

void LossReport::report(const TrainingStep::Result& result, std::int64_t step,
                        std::int64_t samples) {
  const std::int64_t epoch = schedule_.epoch(samples);
  TrainingProgress progress{.epoch = epoch, .step = step, .steps = schedule_.steps};
  for (const auto& [name, value] : result.metrics) {
    const double number = value.item<double>();
    progress.losses.emplace_back(name, number);
    sums_["train_" + name] += number;
  }
  ++summed_;
  const double seconds = seconds_per_step();
  progress.images_per_second = static_cast<double>(schedule_.pictures_per_step) / seconds;
  progress.seconds_left = seconds * static_cast<double>(schedule_.steps - step);
  run_.request().progress(progress);
  if (step % run_.config().trainer.log_every_n_steps != 0) return;
  std::map<std::string, double> means = {
      {"images_per_second", progress.images_per_second},
      {"epoch", static_cast<double>(epoch)},
      {"learning_rate", learning_rate(run_.config().generator_optimizer, step - 1)}};
  std::string line = fmt::format("step {}:", step);
  for (const auto& [name, sum] : std::exchange(sums_, {})) {
    means[name] = sum / summed_;
    line += fmt::format(" {} {:.4g}", name, means[name]);
  }
  summed_ = 0;
  run_.log()->scalars(step, means);
  run_.log()->note(line);
}

}  // namespace lama::internal::training

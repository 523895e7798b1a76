#include "training/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "evaluation/evaluation.h"
#include "networks/one_thread.h"
#include "training/example.h"

namespace lama::internal::training {
namespace {

Planes planes_of(const torch::Tensor& picture) {
  const torch::Tensor values = picture.to(torch::kCPU, torch::kFloat).contiguous();
  return {static_cast<int>(values.size(2)),
          static_cast<int>(values.size(1)),
          {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()}};
}

Mask mask_of(const torch::Tensor& mask) {
  const torch::Tensor missing = (mask > 0.5).to(torch::kCPU, torch::kUInt8).contiguous();
  const auto* values = missing.data_ptr<std::uint8_t>();
  return {static_cast<int>(missing.size(2)),
          static_cast<int>(missing.size(1)),
          {values, values + missing.numel()}};
}

/// The measurements as a matrix: a row for each pair, with its share of missing pixels, every
/// metric of pairs, and Inception's features of result and truth. Zeros are left for other
/// processes, so that the sum over processes has all.
class Measured {
 public:
  Measured(std::int64_t pairs, const evaluation::FeatureNetworks& networks)
      : networks_(networks), features_(networks.inception ? plugin::Inception::kFeatures : 0) {
    columns_ = 1 + 2 * features_;
    for (const evaluation::Metric& metric : evaluation::metrics()) {
      columns_ += metric.value != nullptr ? 1 : 0;
    }
    values_ = torch::zeros({pairs, static_cast<std::int64_t>(columns_)}, torch::kDouble);
  }

  /// The pairs of a batch, from `first` on, on all threads of `pool`. `pictures` are the results.
  void measure(std::int64_t first, const FixedPairs::Padded& read, const torch::Tensor& pictures,
               const Example& example, ThreadPool& pool) {
    const auto unpadded = [&](const torch::Tensor& x) {
      return x.narrow(1, 0, read.height).narrow(2, 0, read.width);
    };
    const networks::OneThread alone;
    pool.run(static_cast<std::size_t>(read.batch.count), [&](std::size_t i, int) {
      const auto k = static_cast<std::int64_t>(i);
      measure(first + k, planes_of(unpadded(pictures[k])), planes_of(unpadded(example.image[k])),
              mask_of(unpadded(example.mask[k])));
    });
  }

  /// May be called for different pairs at the same time.
  void measure(std::int64_t pair, const Planes& result, const Planes& truth, const Mask& hole) {
    evaluation::PairValues values{evaluation::compare(result, truth, hole)};
    if (networks_.lpips) {
      const Planes* results[] = {&result};
      values.lpips = networks_.lpips->distances(truth, results).front();
    }
    double* column = row(pair);
    *column++ = static_cast<double>(hole.count()) / static_cast<double>(truth.pixels());
    for (const evaluation::Metric& metric : evaluation::metrics()) {
      if (metric.value != nullptr) *column++ = values.*metric.value;
    }
    if (!networks_.inception) return;
    for (const Planes* picture : {&result, &truth}) {
      const std::vector<float> features = networks_.inception->features(*picture);
      column = std::copy(features.begin(), features.end(), column);
    }
  }

  /// By way of `device`, on which processes meet.
  void gather(Processes& processes, const torch::Device& device) {
    const torch::Tensor values = values_.to(device);
    processes.sum(values);
    values_ = values.to(torch::kCPU);
  }

  evaluation::Summary summary(const std::string& name) const {
    const auto pairs = static_cast<std::size_t>(values_.size(0));
    evaluation::Evaluation evaluation;
    evaluation.names = {name};
    evaluation.items.resize(pairs);
    evaluation.values.assign(1, std::vector<evaluation::PairValues>(pairs));
    evaluation.results.resize(1);
    evaluation.truth.dimensions = evaluation.results[0].dimensions = features_;
    for (std::size_t i = 0; i < pairs; ++i) {
      const double* column = row(static_cast<std::int64_t>(i));
      evaluation.areas.push_back(*column++);
      for (const evaluation::Metric& metric : evaluation::metrics()) {
        if (metric.value != nullptr) evaluation.values[0][i].*metric.value = *column++;
      }
      for (evaluation::Features* features : {&evaluation.results[0], &evaluation.truth}) {
        features->values.insert(features->values.end(), column, column + features_);
        column += features_;
      }
    }
    return evaluation::summarize(evaluation).front();
  }

 private:
  double* row(std::int64_t pair) const {
    return values_.data_ptr<double>() + pair * static_cast<std::int64_t>(columns_);
  }

  const evaluation::FeatureNetworks& networks_;
  std::size_t features_, columns_ = 0;
  torch::Tensor values_;
};

bool wanted(const std::string& metric, const EvaluatorConfig& config) {
  if (metric == "ssim") return config.ssim;
  if (metric == "lpips") return config.lpips;
  if (metric == "fid") return config.fid;
  using Integral = EvaluatorConfig::Integral;
  if (metric == "ssim_fid100_f1") return config.integral_kind == Integral::ssim_fid100_f1;
  if (metric == "lpips_fid100_f1") return config.integral_kind == Integral::lpips_fid100_f1;
  return true;
}

/// By the published names: the set's, the metric's and the group's.
std::map<std::string, double> named_metrics(const evaluation::Summary& summary) {
  std::map<std::string, double> metrics;
  for (const evaluation::Group& group : summary.groups) {
    for (const auto& [name, statistic] : group.metrics) {
      const std::string tag = fmt::format("{}_{}_{}", summary.name, name, group.name);
      if (!std::isnan(statistic.mean)) metrics[tag + "_mean"] = statistic.mean;
      if (!std::isnan(statistic.deviation)) metrics[tag + "_std"] = statistic.deviation;
    }
  }
  return metrics;
}

}  // namespace

Validation::Validation(const FixedDataConfig& config, const EvaluatorConfig& evaluator)
    : config_(config),
      title_(config.title == "visual_test" ? "test" : config.title),
      evaluator_(evaluator),
      pairs_(config) {}

std::int64_t Validation::batches() const {
  const auto size = static_cast<std::int64_t>(pairs_.size());
  return (size + config_.batch_size - 1) / config_.batch_size;
}

Validation::Result Validation::operator()(networks::GeneratorImpl& generator, TrainingStep& step,
                                          const evaluation::FeatureNetworks& networks,
                                          Processes& processes, std::int64_t batches) const {
  const torch::NoGradGuard no_gradients;
  const torch::Device device = generator.parameters().front().device();
  batches = std::min(batches, this->batches());
  const std::int64_t pairs =
      std::min(static_cast<std::int64_t>(pairs_.size()), batches * config_.batch_size);
  ThreadPool pool(at::get_num_threads());
  Measured measured(pairs, networks);
  Result result;
  std::map<std::string, double> losses;
  std::int64_t own_pairs = 0;
  for (std::int64_t batch = processes.rank(); batch < batches; batch += processes.size()) {
    const std::int64_t end = std::min(pairs, (batch + 1) * config_.batch_size);
    for (std::int64_t first = batch * config_.batch_size; first < end;) {
      // Fewer than asked for where sizes differ.
      const auto read = pairs_.read(static_cast<std::size_t>(first), static_cast<int>(end - first));
      const Inpainting inpainting = inpaint(generator, example(read.batch, device));
      const torch::Tensor& pictures =
          evaluator_.of_prediction ? inpainting.predicted : inpainting.inpainted;
      measured.measure(first, read, pictures, inpainting, pool);
      for (const auto& [name, value] : step.generator_loss(inpainting).metrics) {
        losses[fmt::format("{}_{}", title(), name)] += value.item<double>() * read.batch.count;
      }
      if (own_pairs == 0) result.shown.inpainting = inpainting;
      own_pairs += read.batch.count;
      first += read.batch.count;
    }
  }
  measured.gather(processes, device);
  if (!processes.is_first()) return result;

  result.summary = measured.summary(title());
  for (evaluation::Group& group : result.summary.groups) {
    std::erase_if(group.metrics,
                  [&](const auto& metric) { return !wanted(metric.first, evaluator_); });
  }
  result.metrics = named_metrics(result.summary);
  for (const auto& [name, sum] : losses) {
    result.metrics[name] = sum / static_cast<double>(own_pairs);
  }
  return result;
}

}  // namespace lama::internal::training

#include "training/not_finite.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "weights/safetensors.h"

namespace lama::internal::training {
namespace {

/// So many skipped steps in a row end a run.
constexpr int kMostSkipped = 100;
/// Batches that a process keeps: each takes megabytes, and a long run may skip thousands.
constexpr int kMostKept = 10;

void write_batch(const std::filesystem::path& path, const Batch& batch, const std::string& losses) {
  std::string names;
  for (const std::string& name : batch.names) names += name + '\n';
  const weights::Shape sides = {batch.count, 3, batch.height, batch.width};
  create_folders(path.parent_path());
  weights::write_safetensors(
      path,
      {{"pictures", weights::DType::f32, sides, [&] { return batch.pictures; }},
       {"masks",
        weights::DType::f32,
        {sides[0], 1, sides[2], sides[3]},
        [&] { return batch.masks; }}},
      {{"names", names}, {"losses", losses}});
}

}  // namespace

void NotFiniteSteps::add(const TrainingStep::Result& result, const Batch& batch,
                         std::int64_t step) {
  std::string losses;
  for (const auto& [name, value] : result.metrics) {
    losses += fmt::format("{}{} {:.4g}", losses.empty() ? "" : ", ", name, value.item<double>());
  }
  const std::string line = fmt::format("step {}: losses or gradients are not finite ({}); {}", step,
                                       losses, keep(batch, losses, step));
  if (!run_.config().trainer.skip_nan) {
    throw Error(line +
                "; recipe.on_nan=skip would go on, a smaller optimizers.generator.lr may help");
  }
  if (++in_a_row_ == kMostSkipped) {
    throw Error(fmt::format("{}; {} steps in a row were skipped", line, kMostSkipped));
  }
  run_.say(line + "; skipped");
}

std::string NotFiniteSteps::keep(const Batch& batch, const std::string& losses, std::int64_t step) {
  if (kept_ == kMostKept) return fmt::format("the first {} batches are kept", kMostKept);
  const std::filesystem::path path =
      run_.config().run_dir / "not_finite" /
      fmt::format("step={}-process={}.safetensors", step, run_.processes().rank());
  try {
    write_batch(path, batch, losses);
  } catch (const Error& error) {
    return fmt::format("the batch could not be kept: {}", error.what());
  }
  ++kept_;
  return fmt::format("the batch is in {}", path.string());
}

}  // namespace lama::internal::training

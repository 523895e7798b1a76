#include "training/run_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "codecs/picture.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;

constexpr int kJpegQuality = 95;  // OpenCV's, with which the published code writes

/// As Lightning names its folders: each start of a run has its own.
fs::path next_version(const fs::path& folder) {
  std::error_code error;
  int version = 0;
  while (fs::exists(folder / fmt::format("version_{}", version), error)) ++version;
  return folder / fmt::format("version_{}", version);
}

}  // namespace

RunLog::RunLog(const TrainingConfig& config, Say say)
    : samples_(config.run_dir / config.visualizer.outdir),
      say_(std::move(say)),
      log_(config.run_dir / "train.log"),
      events_(next_version(
          (config.tb_dir.empty() ? config.run_dir / "tb_logs" : config.tb_dir) /
          fs::absolute(config.run_dir / "").lexically_normal().parent_path().filename())) {}

void RunLog::say(const std::string& line) {
  note(line);
  say_(line);
}

template <typename Function>
void RunLog::attempt(const std::string& what, Function&& function) {
  try {
    function();
    failed_[what] = false;
  } catch (const Error& error) {
    if (std::exchange(failed_[what], true)) return;
    say(fmt::format("{} (training goes on)", error.what()));
  }
}

void RunLog::note(const std::string& text) {
  std::istringstream lines(text);
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  std::string stamped;
  for (std::string line; std::getline(lines, line);) {
    stamped += fmt::format("[{:%Y-%m-%d %H:%M:%S}] {}\n", local, line);
  }
  attempt("log", [&] { log_.append(stamped); });
}

void RunLog::scalars(std::int64_t step, const std::map<std::string, double>& values) {
  attempt("scalars", [&] {
    for (const auto& [name, value] : values) events_.scalar(name, step, value);
  });
}

void RunLog::sample(const std::string& kind, std::int64_t epoch, std::int64_t batch,
                    std::int64_t step, const Image& strip) {
  attempt("samples", [&] {
    const auto folder = samples_ / fmt::format("epoch{:04d}_{}", epoch, kind);
    create_folders(folder);
    const auto path = folder / fmt::format("batch{:07d}.jpg", batch);
    const auto file = codecs::encode_picture(strip, codecs::Format::jpeg, {},
                                             {.quality = kJpegQuality}, path.string());
    AtomicFile written(path);
    written.write(file);
    written.commit();
    events_.image("samples_" + kind, step, file, strip.height(), strip.width());
  });
}

void RunLog::histograms(std::int64_t step, const std::string& prefix,
                        const torch::nn::Module& network) {
  attempt("histograms", [&] {
    for (const auto& parameter : network.named_parameters()) {
      const torch::Tensor values =
          parameter.value().detach().to(torch::kCPU, torch::kFloat).contiguous();
      events_.histogram(prefix + parameter.key(), step,
                        {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
    }
  });
}

}  // namespace lama::internal::training

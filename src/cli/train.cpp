#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/device.h"
#include "cli/existing.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/openmp.h"
#include "cli/output.h"
#include "cli/training_line.h"
#include "cli/wrong_usage.h"
#include "evaluation/network_weights.h"
#include "plugin/open_module.h"
#include "training/launch.h"
#include "training/train_request.h"

namespace lama::internal::cli {
namespace {

namespace fs = std::filesystem;

struct TrainOptions {
  std::vector<std::string> words;  ///< CONFIG and overrides
  fs::path config_folder, resume, init_from, weights;
  std::string device = "auto";
  int threads = 0, processes = 1;
  bool dry_run = false;
};

bool is_override(const std::string& word) {
  return word.find('=') != std::string::npos || word.starts_with('~');
}

/// The folder of a run. `resume` names it, or one of its checkpoints.
fs::path run_folder(const fs::path& resume) {
  if (fs::is_directory(resume)) return resume;
  const fs::path folder = fs::absolute(resume).parent_path();
  return folder.filename() == "models" ? folder.parent_path() : folder;
}

training::TrainingConfig read_config(const TrainOptions& options) {
  std::vector<std::string> overrides = options.words;
  std::string name;
  if (!overrides.empty() && !is_override(overrides.front())) {
    name = overrides.front();
    overrides.erase(overrides.begin());
  }
  const auto load = [&] {
    if (name.empty()) {
      return training::resume_training_config(run_folder(options.resume), overrides);
    }
    auto config =
        training::load_training_config(name, overrides, options.config_folder, std::time(nullptr));
    if (!options.resume.empty()) config.run_dir = run_folder(options.resume);
    return config;
  };
  auto config = load();
  if (config.seed) return config;
  // Every run records its seed in config.yaml, so that it can be repeated.
  std::random_device random;
  overrides.push_back(fmt::format("+seed={}", random()));
  return load();
}

/// Runs the same command in each of `processes` processes.
void run_in_processes(const TrainOptions& options, const Common& common) {
  std::vector<std::string> arguments = {"train"};
  arguments.insert(arguments.end(), options.words.begin(), options.words.end());
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) arguments.insert(arguments.end(), {option, value});
  };
  add("--resume", options.resume);
  add("--init-from", options.init_from);
  add("--config-dir", options.config_folder);
  add("--weights", options.weights);
  add("--device", options.device);
  if (options.threads > 0) add("--threads", std::to_string(options.threads));
  if (common.verbose) arguments.emplace_back("-v");
  if (common.quiet) arguments.emplace_back("-q");
  const int code = training::launch(options.processes, arguments);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (code == 128 + signal) throw Interrupted(signal);
  }
  check_interrupted();
  if (code != 0) throw Error(fmt::format("the processes of the training failed (code {})", code));
}

void run_training(const TrainOptions& options, const Common& common) {
  training::TrainRequest request;
  request.config = read_config(options);
  request.resume = !options.resume.empty();
  if (request.resume && !fs::is_directory(options.resume)) request.checkpoint = options.resume;
  if (!request.resume) request.checkpoint = request.config.trainer.resume_from_checkpoint;
  request.init_from = options.init_from;
  request.dry_run = options.dry_run;
  request.device = options.device;
  request.threads = options.threads;
  const plugin::Module& module = plugin::open_module();
  if (options.dry_run) print_result(request.config.resolved_yaml + '\n');

  TrainingLine line(!common.quiet);
  request.open_networks = [&] {
    const training::EvaluatorConfig& evaluator = request.config.evaluator;
    return evaluation::open_networks(
        {.lpips = evaluator.lpips, .inception = evaluator.fid, .folder = options.weights});
  };
  request.say = [&](const std::string& text) {
    if (!common.quiet) line.say_between(text);
  };
  request.progress = [&](const training::TrainingProgress& now) { line.update(now); };
  request.stop_wanted = is_interrupted;
  module.train(request);
}

void run(const TrainOptions& options, const Common& common) {
  if (options.resume.empty() && (options.words.empty() || is_override(options.words.front()))) {
    refuse("CONFIG is required: big-lama, lama-fourier, or a file");
  }
  if (!options.resume.empty() && !options.init_from.empty()) {
    refuse("--resume continues a run, --init-from begins one: give only one of them");
  }
  if (options.processes > 1 && !options.dry_run) return run_in_processes(options, common);
  restart_with_sleeping_threads();
  run_training(options, common);
  check_interrupted();
}

}  // namespace

void add_train(CLI::App& app, const Common& common) {
  const auto options = std::make_shared<TrainOptions>();
  CLI::App* command =
      app.add_subcommand("train", "train a network, continue a training, or fine-tune");
  command
      ->add_option(
          "CONFIG", options->words,
          "a published config (big-lama, lama-fourier, ...), tiny, or a file; then changes to it: "
          "KEY=VALUE, GROUP=NAME, +NEW=VALUE, ~KEY. docs/training.md lists configs and keys")
      ->option_text("[KEY=VALUE ...]");
  command
      ->add_option("--resume", options->resume,
                   "continue a run: its folder, or one of its checkpoints; without CONFIG it keeps "
                   "its own config")
      ->option_text("RUN")
      ->check(existing(require_file_or_folder, "--resume"));
  command
      ->add_option("--init-from", options->init_from,
                   "start from these weights: a checkpoint, a published folder, or any other model "
                   "file; fitting tensors are loaded, and the others listed")
      ->option_text("FILE")
      ->check(existing(require_file_or_folder, "--init-from"));
  command->add_flag("--dry-run", options->dry_run,
                    "print the resulting config and the sizes of the networks");
  command
      ->add_option("--procs", options->processes,
                   "train in N processes on this machine, 1 to 1024 (default 1); leave it out "
                   "under torchrun, mpirun or Slurm")
      ->option_text("N")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--device", options->device,
                   "auto (the default: graphics cards if every process can have one, else cpu), "
                   "cpu, cuda or cuda:N")
      ->option_text("NAME")
      ->check(training_device_error);
  add_threads(*command, options->threads, ", shared by the processes of a machine");
  command
      ->add_option("--config-dir", options->config_folder,
                   "a folder with your configs, searched before the built-in ones")
      ->option_text("DIR")
      ->check(existing(require_folder, "--config-dir"));
  command
      ->add_option("--weights", options->weights,
                   "a folder with the weight files of FID and LPIPS, as for lama evaluate")
      ->option_text("DIR")
      ->check(existing(require_folder, "--weights"));
  begin_footer(*command, kVerbosityHelp);
  command->callback([options, &common] { run(*options, common); });
}

}  // namespace lama::internal::cli

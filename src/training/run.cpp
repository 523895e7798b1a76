#include "training/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/thread_pool.h"
#include "networks/device.h"
#include "training/config/run_folder.h"

namespace lama::internal::training {
namespace {

/// This process's place. The first of several names the address at which it waits for the others.
Place announced_place(const TrainRequest& request) {
  Place place = place_from_environment();
  if (place.rank == 0 && place.size > 1 && place.file.empty()) {
    request.say(fmt::format("waiting at {}:{} until all {} processes are there", place.host,
                            place.port, place.size));
  }
  return place;
}

void refuse_another_run(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(folder / "models", ignored), end; entry != end;
       entry.increment(ignored)) {
    if (entry->path().extension() != ".ckpt") continue;
    throw Error(fmt::format(
        "{}: this folder has a run already: continue it with --resume {}, or choose another folder "
        "with hydra.run.dir=FOLDER",
        entry->path().string(), folder.string()));
  }
}

}  // namespace

torch::Device prepare_device(const TrainRequest& request, const Place& place) {
  const torch::Device device =
      networks::find_device_for(request.device, place.local_rank, place.local_size);
  const int share = std::max(1, ThreadPool::available_processors() / std::max(1, place.local_size));
  at::set_num_threads(request.threads > 0 ? request.threads : share);
  at::globalContext().setDeterministicCuDNN(request.config.trainer.deterministic);
  at::globalContext().setBenchmarkCuDNN(request.config.trainer.benchmark);
  return device;
}

Run::Run(const TrainRequest& request)
    : request_(request),
      place_(announced_place(request)),
      device_(prepare_device(request, place_)),
      processes_(place_, device_),
      config_(request.config) {
  config_.seed = static_cast<std::uint32_t>(
      std::stoul(broadcast_text(std::to_string(config_.seed.value_or(0)))));
  config_.run_dir = broadcast_text(config_.run_dir.string());
  if (!is_first()) return;
  if (!request.resume) {
    refuse_another_run(config_.run_dir);
    write_run_folder(config_);
  }
  log_ = std::make_unique<RunLog>(config_, request.say);
  say(fmt::format("run folder: {}", config_.run_dir.string()));
  for (const std::string& note : config_.notes) say("note: " + note);
  if (config_.evaluator.bins != 10) {
    say("note: evaluator.bins: sizes of holes are reported in ten steps");
  }
}

void Run::say(const std::string& line) {
  if (is_first()) say_of_process(line);
}

void Run::say_of_process(const std::string& line) { log_ ? log_->say(line) : request_.say(line); }

std::string Run::broadcast_text(const std::string& text) {
  const torch::Tensor length =
      torch::tensor(static_cast<std::int64_t>(text.size()), torch::kLong).to(device_);
  processes_.broadcast({length});
  torch::Tensor bytes = torch::zeros({length.item<std::int64_t>()}, torch::kUInt8);
  if (is_first()) std::copy(text.begin(), text.end(), bytes.data_ptr<std::uint8_t>());
  bytes = bytes.to(device_);
  processes_.broadcast({bytes});
  bytes = bytes.to(torch::kCPU);
  const auto* begin = bytes.data_ptr<std::uint8_t>();
  return {begin, begin + bytes.numel()};
}

}  // namespace lama::internal::training

// A training run before anything is trained: its processes, its folder and its log.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "training/config/training_config.h"
#include "training/processes.h"
#include "training/run_log.h"
#include "training/train_request.h"

namespace lama::internal::training {

/// The device of this process, for which LibTorch's threads and cuDNN are set as the request says.
/// Throws Error, which lists the available devices, if it is not among them.
torch::Device prepare_device(const TrainRequest& request, const Place& place);

class Run {
 public:
  /// Waits until all processes are there; they then have the first one's seed and folder. The first
  /// one makes the folder, or goes on in it. `request` must outlive this. Throws Error, also if a
  /// new run's folder has a run in it.
  explicit Run(const TrainRequest& request);

  const TrainRequest& request() const { return request_; }
  const TrainingConfig& config() const { return config_; }
  const torch::Device& device() const { return device_; }
  Processes& processes() { return processes_; }
  bool is_first() const { return processes_.is_first(); }
  /// Null but in the first process.
  RunLog* log() { return log_.get(); }

  /// A line in the log and for people, from the first process alone.
  void say(const std::string& line);
  /// The same from every process; the others have no log.
  void say_of_process(const std::string& line);
  /// The first process's text, on all of them.
  std::string broadcast_text(const std::string& text);

 private:
  const TrainRequest& request_;
  Place place_;
  torch::Device device_;
  Processes processes_;
  TrainingConfig config_;
  std::unique_ptr<RunLog> log_;
};

}  // namespace lama::internal::training

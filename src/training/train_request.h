// The request that starts a training, and its reports. Needs no LibTorch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/network_weights.h"
#include "training/config/training_config.h"

namespace lama::internal::training {

/// After a step.
struct TrainingProgress {
  std::int64_t epoch = 0, step = 0, steps = 0;  ///< done; all there will be
  std::vector<std::pair<std::string, double>> losses;
  double images_per_second = 0;  ///< of all processes, data and validation included
  double seconds_left = 0;
};

struct TrainRequest {
  TrainingConfig config;             ///< with a seed
  bool resume = false;               ///< go on in config.run_dir, where a run was
  std::filesystem::path checkpoint;  ///< go on from this; empty: with `resume` from the latest
  std::filesystem::path init_from;   ///< weights to begin with; empty: random ones
  bool dry_run = false;              ///< report the sizes of the networks, and end
  std::string device = "auto";       ///< auto, cpu, cuda, cuda:N
  int threads = 0;                   ///< LibTorch's; 0: as many as there are processors
  /// FID and LPIPS of validation, where their weights are.
  std::function<evaluation::FeatureNetworks()> open_networks;

  std::function<void(const std::string& line)> say;  ///< for people
  std::function<void(const TrainingProgress&)> progress;
  std::function<bool()> stop_wanted;  ///< asked after every step
};

}  // namespace lama::internal::training

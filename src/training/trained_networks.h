#pragma once

#include <functional>
#include <optional>
#include <string>

#include "networks/generator.h"
#include "networks/state.h"
#include "training/discriminator.h"
#include "training/run.h"

namespace lama::internal::training {

/// The networks that a run trains (paper sections 2.1 and 2.2.2).
struct TrainedNetworks {
  networks::Generator generator;
  Discriminator discriminator;
  /// The exponential moving average of the generator's weights; empty unless the config wants it.
  networks::Generator average;

  /// Random weights from the config's seed, on the CPU. `say` gets lines on their sizes.
  TrainedNetworks(const TrainingConfig& config, const std::function<void(const std::string&)>& say);
  /// The same, with weights from the request's init_from if it has one, on the run's device, and
  /// the same in every process. Throws Error.
  explicit TrainedNetworks(Run& run);

  /// One step of the average after step `step`, from 1. Until it begins it is the generator itself.
  void update_average(const TrainingConfig& config, std::int64_t step);

  /// "generator.model.1…", "discriminator.model0…".
  networks::NamedTensors state_dict() const;
  /// The average with the generator's names.
  std::optional<networks::NamedTensors> average_state_dict() const;
};

}  // namespace lama::internal::training

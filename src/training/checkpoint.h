// Checkpoints: files from which a training run goes on. The published code loads them
// (saicinpainting/training/trainers/__init__.py), and they are models for `lama inpaint`.
//
// They have the format in which torch.save writes a Lightning checkpoint: `state_dict` with
// generator.* and discriminator.* (loss networks are never inside), `optimizer_states`, `epoch`,
// `global_step`; and the values that only this program needs, under the key `lama`. Nothing in them
// asks Python to import anything but torch and collections, so that weights_only=True reads them.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "networks/state.h"

namespace lama::internal::training {

/// All that a run is made of. The tensors and optimizers are the run's own.
struct TrainingState {
  networks::NamedTensors state_dict;  ///< "generator.model.1…", "discriminator.model0…"
  /// The exponential moving average, with the same names.
  std::optional<networks::NamedTensors> average;
  /// Adam or AdamW, of the generator and the discriminator.
  std::vector<torch::optim::Optimizer*> optimizers;
  std::int64_t epoch = 0;        ///< epochs done
  std::int64_t global_step = 0;  ///< batches done
  std::int64_t samples = 0;      ///< TrainingData::position
  /// Validation's last numbers, among them the monitor that chooses the best checkpoints.
  std::map<std::string, double> metrics;
};

/// Writes `path` atomically: the whole new file, checked by reading it back from the disk, or, with
/// an Error, the old one.
void write_checkpoint(const std::filesystem::path& path, const TrainingState& state);

/// Goes on from `path`: sets everything in `state`, whose tensors must have the file's names and
/// shapes. Values keep every bit. A checkpoint that Lightning wrote leaves the values of the key
/// `lama` as they are, and `samples` becomes `samples_per_step` times its steps. Throws Error
/// before anything is changed if the file is damaged or does not fit, saying why.
void read_checkpoint(const std::filesystem::path& path, TrainingState& state,
                     std::int64_t samples_per_step);

/// The facts that a folder of checkpoints needs of each.
struct CheckpointFacts {
  std::int64_t global_step = 0;
  std::map<std::string, double> metrics;
};

/// Nothing if `path` is not a checkpoint that this program wrote, or is damaged.
std::optional<CheckpointFacts> checkpoint_facts(const std::filesystem::path& path);

}  // namespace lama::internal::training

// Checkpoints: files that a training run goes on from, that the published code loads (spec 2.2),
// and that are models for `lama inpaint`.
//
// They are what torch.save writes of a Lightning checkpoint: `state_dict` with generator.* and
// discriminator.* (loss networks are never inside), `optimizer_states`, `epoch`, `global_step`; and
// what only this program needs, under the key `lama`. Nothing in them asks Python to import
// anything but torch and collections, so that weights_only=True reads them.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/networks/state.h"
#include "weights/tensor_file.h"

namespace lama::training {

/// All that a run is made of. The tensors and optimizers are the run's own.
struct TrainingState {
  NamedTensors state_dict;              ///< "generator.model.1…", "discriminator.model0…"
  std::optional<NamedTensors> average;  ///< exponential moving average, with the same names
  /// Adam or AdamW, of the generator and the discriminator.
  std::vector<torch::optim::Optimizer*> optimizers;
  std::int64_t epoch = 0;        ///< epochs done
  std::int64_t global_step = 0;  ///< batches done
  std::int64_t samples = 0;      ///< TrainingData::position
  at::Tensor random_state;       ///< of LibTorch's CPU generator; undefined: left alone
  /// Validation's numbers, among them the one that says which checkpoints are best.
  std::map<std::string, double> metrics;
};

/// Writes `path` atomically: the whole new file, checked by reading it back from the disk, or, with
/// an Error, the old one.
void write_checkpoint(const std::filesystem::path& path, const TrainingState& state);

/// Goes on from `path`: sets everything in `state`, whose tensors must have the file's names and
/// shapes. Values keep every bit. Of a checkpoint that Lightning wrote what only this program keeps
/// stays as it is, and `samples` becomes `samples_per_step` times its steps. Throws Error before
/// anything is changed if the file is damaged or does not fit, saying why.
void read_checkpoint(const std::filesystem::path& path, TrainingState& state,
                     std::int64_t samples_per_step);

/// The tensors of all networks in a file of weights: a checkpoint, a state dict, a TorchScript
/// archive, a module, a .safetensors file, or a published folder. Names are as in a checkpoint:
/// what holds a generator alone is named "generator.…".
std::shared_ptr<const weights::TensorFile> open_networks(const std::filesystem::path& path);

/// What load_matching did with each tensor; names without prefix, sorted.
struct Matched {
  std::vector<std::string> matched;
  std::vector<std::string> missing;      ///< the file has none: left as initialised
  std::vector<std::string> unexpected;   ///< the network has none
  std::vector<std::string> other_shape;  ///< "NAME [file's shape], expected [network's shape]"
};

/// Copies into `network` what `file` has under `prefix` ("generator.") with the right name and
/// shape. Counters of batch norms are not counted.
Matched load_matching(torch::nn::Module& network, const weights::TensorFile& file,
                      const std::string& prefix);

/// A run's folder of checkpoints, models/: last.ckpt and the best epoch=E-step=S.ckpt (state's
/// epoch and global_step). Files that this program did not write are never touched.
class Checkpoints {
 public:
  struct Options {
    int save_top_k = 5;  ///< -1: all
    bool save_last = true;
    std::string monitor;  ///< a name among the metrics
    bool larger_is_better = true;
  };

  /// Makes the folder, or knows what an earlier run left in it.
  Checkpoints(std::filesystem::path folder, Options options);

  /// Writes last.ckpt, and epoch=E-step=S.ckpt if `validated` (the metrics are this step's) and
  /// among the best; then deletes what fell out. A metric that is missing or no number is worse
  /// than any. Throws Error if the disk is full: everything is then as before.
  void save(const TrainingState& state, bool validated);

  /// What to resume from: the one with most steps. Nothing if there is none.
  std::optional<std::filesystem::path> latest() const;
  std::optional<std::filesystem::path> best() const;

 private:
  struct Kept {
    std::filesystem::path path;
    std::int64_t global_step;
    double value;
  };

  std::filesystem::path folder_;
  Options options_;
  std::vector<Kept> kept_;  ///< epoch=E-step=S.ckpt, best first
};

}  // namespace lama::training

// The checkpoints that a run keeps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "training/checkpoint.h"

namespace lama::internal::training {

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

  /// Makes the folder, or finds the checkpoints that an earlier run left in it.
  Checkpoints(std::filesystem::path folder, Options options);

  /// Writes last.ckpt, and epoch=E-step=S.ckpt if `validated` (the metrics are this step's) and
  /// among the best; then deletes the checkpoints that no longer are. A metric that is missing or
  /// no number is worse than any. A run that `stopped` gets last.ckpt even without save_last.
  /// Throws Error if the disk is full; the earlier files stay.
  void save(const TrainingState& state, bool validated, bool stopped = false);

  /// The checkpoint to resume from: the one with most steps. Nothing if there is none.
  std::optional<std::filesystem::path> latest() const;
  /// Whether last.ckpt is damaged, so that latest() is an older one.
  bool last_is_damaged() const;

 private:
  struct Kept {
    std::filesystem::path path;
    std::int64_t global_step;
    double worth;  ///< larger is better
  };

  double worth(const std::map<std::string, double>& metrics) const;
  void sort();
  /// `to` becomes another name of `from`; false where the file system cannot do that.
  static bool link(const std::filesystem::path& from, const std::filesystem::path& to);

  std::filesystem::path folder_;
  Options options_;
  std::vector<Kept> kept_;  ///< epoch=E-step=S.ckpt, best first
};

}  // namespace lama::internal::training

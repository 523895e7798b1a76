// Pictures with masks that never change: validation sets, and the pictures looked at during
// training.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "training/config/fixed_data_config.h"
#include "training/data/batch.h"

namespace lama::internal::training {

/// Thread-safety: const functions may run at the same time.
class FixedPairs {
 public:
  /// Throws Error if a folder is missing. It reads none.
  static void require_folders(const FixedDataConfig& config);
  /// Throws Error if there are none, or a mask has no picture: a set must not shrink unnoticed.
  explicit FixedPairs(const FixedDataConfig& config);

  std::size_t size() const { return pairs_.size(); }
  /// The mask's path below its indir, without extension. In the order of indir and of the names.
  const std::string& name(std::size_t i) const { return pairs_[i].name; }

  struct Padded {
    Batch batch;
    int height = 0, width = 0;  ///< before padding, of all of the batch
  };
  /// Pairs from `first` on: at most `most` >= 1, and only as long as they have the same size.
  /// Throws Error if one cannot be read, or a mask's size is not its picture's.
  Padded read(std::size_t first, int most) const;

 private:
  struct Pair {
    std::string name;
    std::filesystem::path picture, mask;
  };

  void add_folder(const std::filesystem::path& folder);

  FixedDataConfig config_;
  std::vector<Pair> pairs_;
};

}  // namespace lama::internal::training

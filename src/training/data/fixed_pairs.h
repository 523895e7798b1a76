// Pictures with masks that never change: validation sets, and the pictures looked at during
// training.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "training/data/batch.h"

namespace lama::internal::training {

/// Names and defaults are the published ones (data.val, data.visual_test, data.extra_val.*).
struct FixedPairsOptions {
  enum class Kind {
    pairs,     ///< `default`: NAME and img_suffix, NAME_mask.png or NAME_mask001.png beside it
    our_eval,  ///< img/NAME.png; mask/NAME_mask001.png or mask/NAME_mask001-2.png
  };
  Kind kind = Kind::pairs;
  std::vector<std::string> indir;
  /// A bare ending (".png") stands for any, if there is only one picture of that name.
  std::string img_suffix = ".jpg";
  /// Sizes times this, cut to whole pixels: pictures by the mean of the area that a new pixel
  /// covers, masks by the nearest pixel.
  double scale_factor = 1;
  /// Sides are made multiples of this by mirroring at the right and at the bottom, the edge
  /// included, as predict.py does; 0 or 1 leaves them.
  int pad_out_to_modulo = 0;
};

/// Thread-safety: const functions may run at the same time.
class FixedPairs {
 public:
  /// Throws Error if there are none, or a mask has no picture: a set must not shrink unnoticed.
  explicit FixedPairs(const FixedPairsOptions& options);

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

  FixedPairsOptions options_;
  std::vector<Pair> pairs_;
};

}  // namespace lama::internal::training

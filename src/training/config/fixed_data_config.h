#pragma once

#include <string>
#include <vector>

namespace lama::internal::training {

/// `data.val`, `data.visual_test`, `data.extra_val.NAME`: pictures with fixed masks.
struct FixedDataConfig {
  enum class Kind {
    pairs,     ///< `default`: NAME and img_suffix, NAME_mask.png or NAME_mask001.png beside it
    our_eval,  ///< img/NAME.png; mask/NAME_mask001.png or mask/NAME_mask001-2.png
  };
  Kind kind = Kind::pairs;
  std::string title;  ///< "val", "visual_test", "extra_val_NAME"
  std::vector<std::string> indir;
  /// A bare ending (".png") stands for any, if there is only one picture of that name.
  std::string img_suffix = ".jpg";
  /// Sizes times this, cut to whole pixels: pictures by the mean of the area that a new pixel
  /// covers, masks by the nearest pixel.
  double scale_factor = 1;
  /// Sides are made multiples of this by mirroring at the right and at the bottom, the edge
  /// included, as predict.py does; 0 or 1 leaves them.
  int pad_out_to_modulo = 0;
  int batch_size = 1;
  int threads = 0;
};

}  // namespace lama::internal::training

// Masks that somebody drew or recorded, from a folder of pictures.
#pragma once

#include <filesystem>
#include <vector>

#include "masks/mask_generator.h"

namespace lama::masks {

struct FolderOptions {
  std::filesystem::path indir;  ///< pictures, white (at least half) where the hole is
  /// A mask's own picture is thought as large as the photograph (by the smaller sides), times a
  /// factor from this range.
  double min_scale = 1, max_scale = 1;
  bool horizontal_flip = true, vertical_flip = false;  ///< in half of the cases
};

/// Each mask is one of the folder, cut to its hole, scaled, mirrored and put at a random place:
/// where it fits into the picture, as a whole.
class FolderMasks : public MaskGenerator {
 public:
  /// Throws Error if there is no picture in the folder. They are read when they are used.
  explicit FolderMasks(const FolderOptions& options);
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  FolderOptions options_;
  std::vector<std::filesystem::path> files_;
};

}  // namespace lama::masks

// Masks from a folder of pictures, drawn or recorded elsewhere.
#pragma once

#include <filesystem>
#include <vector>

#include "masks/mask_generator.h"

namespace lama::internal::masks {

struct FolderOptions {
  std::filesystem::path indir;  ///< pictures, at least half white in the hole
  /// A mask's picture is scaled to the photograph's size (by the smaller sides), times a factor
  /// from this range.
  double min_scale = 1, max_scale = 1;
  bool horizontal_flip = true, vertical_flip = false;  ///< with probability one half
};

/// Each mask is one of the folder's masks, cropped to its hole, scaled, mirrored and put at a
/// random place, inside the picture if it fits.
class FolderMasks : public MaskGenerator {
 public:
  /// Throws Error if the folder has no picture. Pictures are read on use.
  explicit FolderMasks(const FolderOptions& options);
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  FolderOptions options_;
  std::vector<std::filesystem::path> files_;
};

}  // namespace lama::internal::masks

// Evaluation sets: crops of a folder's pictures with masks.
#pragma once

#include <cstdint>
#include <string>

#include "cli/commands.h"
#include "cli/shard.h"
#include "masks/mask_config.h"

namespace lama::internal::cli {

struct MaskSetJob {
  std::string config, pictures, output;
  std::string labels;  ///< a folder; empty: no labels
  std::uint32_t seed = 0;
  int jobs = 1;
  Shard shard;
};

/// Throws Error if the config in `file` has segmentation masks and `labels` is empty.
void require_labels(const masks::MaskConfig& config, const std::string& file,
                    const std::string& labels);

/// Makes the set, or its missing part: for the picture x.jpg, x_crop000.png and
/// x_crop000_mask000.png, and so on. Every picture's seed derives from its name and the set's seed.
/// Throws Error if nothing can be done, SomeFailed if some pictures failed.
void make_mask_set(const MaskSetJob& job, const Common& common);

}  // namespace lama::internal::cli

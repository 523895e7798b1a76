// Mask settings as YAML. The published files configs/data_gen/*.yaml (evaluation sets) and the
// training configs load unchanged. Keys: docs/masks.md.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "config/value.h"
#include "masks/evaluation_set.h"
#include "masks/mask_generator.h"

namespace lama::internal::masks {

struct MaskConfig {
  std::unique_ptr<MaskGenerator> generator;
  /// Settings of an evaluation set; a training config has none.
  std::optional<SetOptions> set;
  int size = 256;  ///< smaller side of the pictures that the masks are for
};

/// Throws Error that names the line and the key, if a key is unknown or a value out of range.
/// Relative paths in the config start from `folder`.
MaskConfig parse_mask_config(const config::Value& config, const std::filesystem::path& folder);

MaskConfig read_mask_config(const std::filesystem::path& file);

}  // namespace lama::internal::masks

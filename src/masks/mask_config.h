// Mask settings as YAML. The published files configs/data_gen/*.yaml (evaluation sets) and the
// training configs load unchanged. Keys: docs/masks.md.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

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

/// The text of mask settings, its name in errors, and the folder for its relative paths.
struct MaskConfigText {
  std::string yaml, origin;
  std::filesystem::path folder;
};
/// `name`: an existing file, or a built-in config such as "random_thick_512", with or without
/// ".yaml". Throws Error.
MaskConfigText find_mask_config(const std::string& name);

MaskConfig read_mask_config(const std::string& name);

}  // namespace lama::internal::masks

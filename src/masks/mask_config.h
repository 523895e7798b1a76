// Mask settings as YAML: the published files configs/data_gen/*.yaml (evaluation sets) and the
// training configs load as they are. Keys: docs/masks.md.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "masks/evaluation_set.h"
#include "masks/mask_generator.h"

namespace lama::masks {

struct MaskConfig {
  std::unique_ptr<MaskGenerator> generator;
  /// How an evaluation set is made; a training config does not say.
  std::optional<SetOptions> set;
  int size = 256;  ///< of the pictures the masks are made for: the smaller side
};

/// Throws Error that names the key, if there is an unknown one, or a value out of range.
/// `name` stands for the file in errors; relative paths in it start from `folder`.
MaskConfig parse_mask_config(const std::string& yaml, std::string_view name,
                             const std::filesystem::path& folder);

MaskConfig read_mask_config(const std::filesystem::path& file);

}  // namespace lama::masks

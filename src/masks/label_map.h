// The object that each pixel of a picture belongs to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "codecs/picture_files.h"

namespace lama::internal::masks {

struct LabelMap {
  int width = 0, height = 0;
  std::vector<std::uint32_t> labels;  ///< one per pixel, row by row: 0 is no object
};

/// The labels of the picture whose path in its folder is `name` without extension; nothing if
/// `folder` has none. They are either
///   NAME.png       one picture: grey values are labels, and so are colours, red + 256 green +
///                  65536 blue (as in COCO's panoptic maps); black is no object; or
///   NAME/*.png     one mask for each object, at least half white on the object, in the order of
///                  their names; where they overlap, the later counts.
/// Throws Error if a file cannot be read, or masks differ in size.
std::optional<LabelMap> read_labels(const codecs::FolderNames& folder,
                                    const std::filesystem::path& name);

/// `map` at another size, by the nearest pixel.
LabelMap resize(const LabelMap& map, int width, int height);

}  // namespace lama::internal::masks

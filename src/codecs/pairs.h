// Which pictures and masks of a folder belong together.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lama::codecs {

/// A picture, its mask, and where the result goes.
struct Pair {
  std::filesystem::path picture, mask;
  std::filesystem::path result;  ///< relative to the folder of results
};

struct Pairing {
  std::vector<Pair> pairs;  ///< by result
  /// Files without a partner. A mask that fits several pictures is among them.
  std::vector<std::filesystem::path> pictures_alone, masks_alone;
  /// Pictures under a name that no format has: "scan" without an ending, or "b.bmp".
  std::vector<std::filesystem::path> left_out;
};

/// The published layout: the mask of NAME.png is NAME_mask.png or NAME_mask001.png, in the same
/// folder; a picture may have several. What follows the last "_mask" of a mask's name is free. If
/// pictures differ only in their extension, the PNG is meant. Results are called as their masks, in
/// the format of their pictures.
///
/// All three functions look into folders within folders and into linked folders, each folder once.
/// They skip hidden files and everything below `except`, the folder of results. Names that differ
/// only in their Unicode form are equal: macOS writes decomposed letters, other systems composed
/// ones. Throws Error if a folder cannot be read.
Pairing pair_published(const std::filesystem::path& folder, const std::filesystem::path& except);

/// A mask has its picture's name with any extension, and the same place in the folder `masks` as
/// the picture in `pictures`. Results are called as their pictures.
Pairing pair_folders(const std::filesystem::path& pictures, const std::filesystem::path& masks,
                     const std::filesystem::path& except);

/// Every picture of the folder with the same `mask`, which may be empty for none.
Pairing pair_with(const std::filesystem::path& pictures, const std::filesystem::path& mask,
                  const std::filesystem::path& except);

}  // namespace lama::codecs

// Pairs the pictures and masks of folders.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lama::internal::codecs {

/// A picture, its mask, and the path of its result.
struct Pair {
  std::filesystem::path picture, mask;
  std::filesystem::path result;  ///< relative to the folder of results
};

/// A mask without a picture of its own, and the reason: "no picture has the name b".
struct LoneMask {
  std::filesystem::path path;
  std::string reason;
};

struct Pairing {
  std::vector<Pair> pairs;                            ///< by result
  std::vector<std::filesystem::path> pictures_alone;  ///< without a mask
  std::vector<LoneMask> masks_alone;
  std::vector<std::filesystem::path> left_out;  ///< PictureFiles::left_out
};

/// The published layout: the mask of NAME.png is NAME_mask.png or NAME_mask001.png, in the same
/// folder; a picture may have several masks. Any text may follow the last "_mask" of a mask's name.
/// If pictures differ only in their extension, the mask belongs to the PNG. Results have their
/// masks' names and their pictures' format.
///
/// All three functions search folders as list_pictures() does, without `except`, the folder of
/// results, and find names as PictureNames does. The result of a picture in a format that is only
/// read is a PNG file. Throws Error if a folder cannot be read.
Pairing pair_published(const std::filesystem::path& folder, const std::filesystem::path& except);

/// A mask has its picture's name with any extension, and the same place in the folder `masks` as
/// the picture in `pictures`. Results have their pictures' names.
Pairing pair_folders(const std::filesystem::path& pictures, const std::filesystem::path& masks,
                     const std::filesystem::path& except);

/// Every picture of the folder with the same `mask`, which may be empty for none.
Pairing pair_with(const std::filesystem::path& pictures, const std::filesystem::path& mask,
                  const std::filesystem::path& except);

/// Names all results as PNG files: a.png for a.jpg, or a.jpg.png if another picture has that
/// result.
void name_all_png(std::vector<Pair>& pairs);

}  // namespace lama::internal::codecs

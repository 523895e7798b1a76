#include "codecs/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "codecs/format.h"
#include "codecs/picture_files.h"

namespace lama::internal::codecs {
namespace {

namespace fs = std::filesystem;

LoneMask without_picture(fs::path mask, const fs::path& name) {
  return {std::move(mask), fmt::format("no picture has the name {}", name.string())};
}
LoneMask one_of_several(fs::path mask, const char* kind, const fs::path& name) {
  return {std::move(mask), fmt::format("more than one {} has the name {}", kind, name.string())};
}

/// Sorts by result. If two masks have the same result (x_mask.png and x_mask.jpg), the second gets
/// no pair.
void sort_by_result(Pairing& pairing) {
  std::vector<Pair>& pairs = pairing.pairs;
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.result < b.result; });
  std::vector<Pair> first;
  for (Pair& pair : pairs) {
    if (!first.empty() && first.back().result == pair.result) {
      pairing.masks_alone.push_back(
          one_of_several(std::move(pair.mask), "mask", without_extension(pair.result)));
    } else {
      first.push_back(std::move(pair));
    }
  }
  pairs = std::move(first);
}

/// Names the results that `to_rename` chooses as PNG files: b.png for b.bmp, or b.bmp.png if
/// another picture has that result.
template <typename ToRename>
void name_png(std::vector<Pair>& pairs, const ToRename& to_rename) {
  std::set<fs::path> taken;
  for (const Pair& pair : pairs) taken.insert(pair.result);
  for (Pair& pair : pairs) {
    if (!to_rename(pair.result)) continue;
    fs::path png = pair.result;
    png.replace_extension(".png");
    if (taken.contains(png)) png = pair.result;
    while (taken.contains(png)) png += ".png";
    taken.insert(png);
    pair.result = std::move(png);
  }
}

/// Results in formats that are only read are PNG files.
void name_as_written(std::vector<Pair>& pairs) {
  name_png(pairs, [](const fs::path& result) {
    const auto format = format_by_name(result);
    return format && written_as(*format) != *format;
  });
}

}  // namespace

void name_all_png(std::vector<Pair>& pairs) {
  name_png(pairs, [](const fs::path& result) { return result.extension() != ".png"; });
}

Pairing pair_published(const fs::path& folder, const fs::path& except) {
  static constexpr std::string_view kMark = "_mask";
  std::vector<fs::path> pictures, masks;
  PictureFiles files = list_pictures(folder, {except});
  for (fs::path& file : files.pictures) {
    const bool mask = file.stem().native().find(kMark) != std::string::npos;
    (mask ? masks : pictures).push_back(std::move(file));
  }
  const PictureNames names(pictures);
  std::vector<fs::path> used;
  Pairing pairing;
  pairing.left_out = std::move(files.left_out);
  for (const fs::path& mask : masks) {
    const std::string name = mask.stem().string();
    const fs::path wanted = mask.parent_path() / name.substr(0, name.rfind(kMark));
    const fs::path* picture = names.find(wanted, ".png");
    if (picture == nullptr) {
      pairing.masks_alone.push_back(names.has(wanted)
                                        ? one_of_several(folder / mask, "picture", wanted)
                                        : without_picture(folder / mask, wanted));
      continue;
    }
    used.push_back(*picture);
    fs::path result = mask;
    result.replace_extension(picture->extension());
    pairing.pairs.push_back({folder / *picture, folder / mask, std::move(result)});
  }
  std::sort(used.begin(), used.end());
  for (const fs::path& picture : pictures) {
    if (!std::binary_search(used.begin(), used.end(), picture)) {
      pairing.pictures_alone.push_back(folder / picture);
    }
  }
  sort_by_result(pairing);
  name_as_written(pairing.pairs);
  return pairing;
}

Pairing pair_folders(const fs::path& pictures, const fs::path& masks, const fs::path& except) {
  PictureFiles found = list_pictures(pictures, {masks, except});
  const PictureFiles mask_files = list_pictures(masks, {pictures, except});
  const PictureNames masks_by_name(mask_files.pictures);
  Pairing pairing;
  pairing.left_out = std::move(found.left_out);
  pairing.left_out.insert(pairing.left_out.end(), mask_files.left_out.begin(),
                          mask_files.left_out.end());
  std::set<fs::path> used;
  for (const fs::path& picture : found.pictures) {
    if (const fs::path* mask = masks_by_name.find(without_extension(picture), ".png")) {
      used.insert(*mask);
      pairing.pairs.push_back({pictures / picture, masks / *mask, picture});
    } else {
      pairing.pictures_alone.push_back(pictures / picture);
    }
  }
  const PictureNames pictures_by_name(found.pictures);
  for (const fs::path& file : mask_files.pictures) {
    if (used.contains(file)) continue;
    const fs::path name = without_extension(file);
    pairing.masks_alone.push_back(pictures_by_name.has(name)
                                      ? one_of_several(masks / file, "mask", name)
                                      : without_picture(masks / file, name));
  }
  name_as_written(pairing.pairs);
  return pairing;
}

Pairing pair_with(const fs::path& pictures, const fs::path& mask, const fs::path& except) {
  PictureFiles found = list_pictures(pictures, {mask, except});
  Pairing pairing;
  pairing.left_out = std::move(found.left_out);
  for (fs::path& picture : found.pictures) {
    pairing.pairs.push_back({pictures / picture, mask, std::move(picture)});
  }
  name_as_written(pairing.pairs);
  return pairing;
}

}  // namespace lama::internal::codecs

#include "codecs/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "codecs/format.h"

namespace lama::codecs {
namespace {

namespace fs = std::filesystem;

/// Pictures by their name without extension, relative to the folder.
using Stems = std::map<fs::path, std::vector<fs::path>>;

/// All files with a picture's name under `folder`, relative to it, sorted; without the files and
/// folders `except`.
std::vector<fs::path> pictures_in(const fs::path& folder, const std::vector<fs::path>& except) try {
  std::vector<fs::path> found;
  const auto excluded = [&except](const fs::path& path) {
    std::error_code ignored;
    return std::any_of(except.begin(), except.end(), [&](const fs::path& other) {
      return path.filename() == other.filename() && fs::equivalent(path, other, ignored);
    });
  };
  for (auto entry = fs::recursive_directory_iterator(folder);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const fs::path& path = entry->path();
    const bool hidden = path.filename().native().starts_with('.');
    if (entry->is_directory()) {
      if (hidden || excluded(path)) entry.disable_recursion_pending();
    } else if (!hidden && has_picture_name(path) && !excluded(path)) {
      found.push_back(path.lexically_relative(folder));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
} catch (const fs::filesystem_error& error) {
  throw Error(fmt::format("{}: cannot read the folder: {}",
                          (error.path1().empty() ? folder : error.path1()).string(),
                          error.code().message()));
}

fs::path without_extension(fs::path path) { return path.replace_extension(); }

Stems by_stem(const std::vector<fs::path>& files) {
  Stems stems;
  for (const fs::path& file : files) stems[without_extension(file)].push_back(file);
  return stems;
}

bool is_png(const fs::path& path) { return path.extension() == ".png"; }

/// The one of `files` that is meant, or null: the only one, or the only PNG.
const fs::path* choose(const std::vector<fs::path>& files) {
  if (files.size() == 1) return files.data();
  if (std::count_if(files.begin(), files.end(), is_png) != 1) return nullptr;
  return &*std::find_if(files.begin(), files.end(), is_png);
}

/// Sorts by result. Of two masks that ask for the same result (x_mask.png and x_mask.jpg) the
/// second stays alone.
void sort_by_result(Pairing& pairing) {
  std::vector<Pair>& pairs = pairing.pairs;
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.result < b.result; });
  std::vector<Pair> first;
  for (Pair& pair : pairs) {
    if (!first.empty() && first.back().result == pair.result) {
      pairing.masks_alone.push_back(std::move(pair.mask));
    } else {
      first.push_back(std::move(pair));
    }
  }
  pairs = std::move(first);
}

}  // namespace

Pairing pair_published(const fs::path& folder, const fs::path& except) {
  static constexpr std::string_view kMark = "_mask";
  std::vector<fs::path> pictures, masks;
  for (fs::path& file : pictures_in(folder, {except})) {
    const bool mask = file.stem().native().find(kMark) != std::string::npos;
    (mask ? masks : pictures).push_back(std::move(file));
  }
  const Stems stems = by_stem(pictures);
  std::vector<fs::path> used;
  Pairing pairing;
  for (const fs::path& mask : masks) {
    const std::string name = mask.stem().string();
    const auto found = stems.find(mask.parent_path() / name.substr(0, name.rfind(kMark)));
    const fs::path* picture = found == stems.end() ? nullptr : choose(found->second);
    if (picture == nullptr) {
      pairing.masks_alone.push_back(folder / mask);
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
  return pairing;
}

Pairing pair_folders(const fs::path& pictures, const fs::path& masks, const fs::path& except) {
  Stems mask_stems = by_stem(pictures_in(masks, {pictures, except}));
  Pairing pairing;
  for (const fs::path& picture : pictures_in(pictures, {masks, except})) {
    const auto found = mask_stems.find(without_extension(picture));
    const fs::path* mask = found == mask_stems.end() ? nullptr : choose(found->second);
    if (mask == nullptr) {
      pairing.pictures_alone.push_back(pictures / picture);
    } else {
      pairing.pairs.push_back({pictures / picture, masks / *mask, picture});
    }
  }
  std::vector<fs::path> used;
  for (const Pair& pair : pairing.pairs) used.push_back(pair.mask);
  std::sort(used.begin(), used.end());
  for (const auto& [stem, files] : mask_stems) {
    for (const fs::path& file : files) {
      if (!std::binary_search(used.begin(), used.end(), masks / file)) {
        pairing.masks_alone.push_back(masks / file);
      }
    }
  }
  return pairing;
}

Pairing pair_with(const fs::path& pictures, const fs::path& mask, const fs::path& except) {
  Pairing pairing;
  for (fs::path& picture : pictures_in(pictures, {mask, except})) {
    pairing.pairs.push_back({pictures / picture, mask, std::move(picture)});
  }
  return pairing;
}

}  // namespace lama::codecs

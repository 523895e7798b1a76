#include "codecs/pairs.h"

#include <fmt/format.h>
#include <glib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/lower_case.h"
#include "codecs/format.h"

namespace lama::internal::codecs {
namespace {

namespace fs = std::filesystem;

/// Endings of pictures that `lama` cannot read, in lower case.
constexpr std::array<std::string_view, 10> kOtherPictures = {
    ".arw", ".cr2", ".cr3", ".dng", ".nef", ".pam", ".pfm", ".psd", ".raf", ".xcf"};

/// Whether a file is a picture although no format has its ending.
bool is_other_picture(const fs::path& path) {
  const std::string ending = lower_case(path.extension().string());
  if (std::find(kOtherPictures.begin(), kOtherPictures.end(), ending) != kOtherPictures.end()) {
    return true;
  }
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;  // opening a pipe would wait
  std::array<char, 64> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const auto size = static_cast<std::size_t>(file.gcount());
  return format_of({reinterpret_cast<const std::uint8_t*>(head.data()), size}).has_value();
}

struct Files {
  std::vector<fs::path> pictures;  ///< relative to the folder
  std::vector<fs::path> left_out;  ///< whole paths
};

/// The files under `folder`, sorted, without the files and folders `except`.
class Search {
 public:
  Search(const fs::path& folder, const std::vector<fs::path>& except)
      : folder_(folder), except_(except) {
    search(folder);
    std::sort(files_.pictures.begin(), files_.pictures.end());
    std::sort(files_.left_out.begin(), files_.left_out.end());
  }

  Files take() { return std::move(files_); }

 private:
  bool excluded(const fs::path& path) const {
    std::error_code ignored;
    return std::any_of(except_.begin(), except_.end(), [&](const fs::path& other) {
      return path.filename() == other.filename() && fs::equivalent(path, other, ignored);
    });
  }

  void search(const fs::path& folder) {
    // Links can lead back to a folder.
    if (!seen_.insert(fs::canonical(folder)).second) return;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path& path = entry.path();
      if (path.filename().native().starts_with('.') || excluded(path)) continue;
      std::error_code ignored;
      if (entry.is_directory(ignored)) {
        search(path);
      } else if (format_by_name(path)) {
        files_.pictures.push_back(path.lexically_relative(folder_));
      } else if (is_other_picture(path)) {
        files_.left_out.push_back(path);
      }
    }
  }

  const fs::path& folder_;
  const std::vector<fs::path>& except_;
  std::set<fs::path> seen_;
  Files files_;
};

Files files_in(const fs::path& folder, const std::vector<fs::path>& except) try {
  return Search(folder, except).take();
} catch (const fs::filesystem_error& error) {
  throw Error(fmt::format("{}: cannot read the folder: {}",
                          (error.path1().empty() ? folder : error.path1()).string(),
                          error.code().message()));
}

fs::path without_extension(fs::path path) { return path.replace_extension(); }

/// Pictures by their composed name without extension, relative to the folder.
class Stems {
 public:
  explicit Stems(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) stems_[composed(without_extension(file))].push_back(file);
  }

  bool has(const fs::path& stem) const { return stems_.contains(composed(stem)); }

  /// The picture of this name, or null: the only one, the only one in the same Unicode form, or the
  /// only PNG.
  const fs::path* find(const fs::path& stem) const {
    const auto found = stems_.find(composed(stem));
    if (found == stems_.end()) return nullptr;
    const auto same_form = [&](const fs::path& file) { return without_extension(file) == stem; };
    const bool any = std::any_of(found->second.begin(), found->second.end(), same_form);
    std::vector<const fs::path*> files;
    for (const fs::path& file : found->second) {
      if (!any || same_form(file)) files.push_back(&file);
    }
    if (files.size() == 1) return files.front();
    const auto is_png = [](const fs::path* file) { return format_by_name(*file) == Format::png; };
    if (std::count_if(files.begin(), files.end(), is_png) != 1) return nullptr;
    return *std::find_if(files.begin(), files.end(), is_png);
  }

 private:
  std::map<fs::path, std::vector<fs::path>> stems_;
};

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

fs::path composed(const fs::path& path) {
  const std::unique_ptr<char, decltype(&g_free)> text(
      g_utf8_normalize(path.c_str(), -1, G_NORMALIZE_NFC), &g_free);
  return text ? fs::path(text.get()) : path;
}

fs::path in_any_form(const fs::path& folder, const fs::path& name) {
  fs::path place = folder;
  for (const fs::path& part : name) {
    fs::path next = place / part;
    std::error_code ignored;
    const bool ascii = std::all_of(part.native().begin(), part.native().end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii && !fs::exists(next, ignored)) {
      const fs::path wanted = composed(part);
      fs::path found;
      fs::directory_iterator entry(place, ignored);
      for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
        const fs::path& other = entry->path();
        if (composed(other.filename()) != wanted) continue;
        if (found.empty() || other < found) found = other;
      }
      if (!found.empty()) next = found;
    }
    place = std::move(next);
  }
  return place;
}

void name_all_png(std::vector<Pair>& pairs) {
  name_png(pairs, [](const fs::path& result) { return result.extension() != ".png"; });
}

Pairing pair_published(const fs::path& folder, const fs::path& except) {
  static constexpr std::string_view kMark = "_mask";
  std::vector<fs::path> pictures, masks;
  Files files = files_in(folder, {except});
  for (fs::path& file : files.pictures) {
    const bool mask = file.stem().native().find(kMark) != std::string::npos;
    (mask ? masks : pictures).push_back(std::move(file));
  }
  const Stems stems(pictures);
  std::vector<fs::path> used;
  Pairing pairing;
  pairing.left_out = std::move(files.left_out);
  for (const fs::path& mask : masks) {
    const std::string name = mask.stem().string();
    const fs::path wanted = mask.parent_path() / name.substr(0, name.rfind(kMark));
    const fs::path* picture = stems.find(wanted);
    if (picture == nullptr) {
      pairing.masks_alone.push_back(stems.has(wanted)
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
  Files found = files_in(pictures, {masks, except});
  const Files mask_files = files_in(masks, {pictures, except});
  const Stems stems(mask_files.pictures);
  Pairing pairing;
  pairing.left_out = std::move(found.left_out);
  pairing.left_out.insert(pairing.left_out.end(), mask_files.left_out.begin(),
                          mask_files.left_out.end());
  std::set<fs::path> used;
  for (const fs::path& picture : found.pictures) {
    if (const fs::path* mask = stems.find(without_extension(picture))) {
      used.insert(*mask);
      pairing.pairs.push_back({pictures / picture, masks / *mask, picture});
    } else {
      pairing.pictures_alone.push_back(pictures / picture);
    }
  }
  const Stems pictures_by_name(found.pictures);
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
  Files found = files_in(pictures, {mask, except});
  Pairing pairing;
  pairing.left_out = std::move(found.left_out);
  for (fs::path& picture : found.pictures) {
    pairing.pairs.push_back({pictures / picture, mask, std::move(picture)});
  }
  name_as_written(pairing.pairs);
  return pairing;
}

}  // namespace lama::internal::codecs

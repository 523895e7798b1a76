#include "codecs/picture_files.h"

#include <fmt/format.h>
#include <glib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

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

class Search {
 public:
  Search(const fs::path& folder, std::vector<fs::path> except)
      : folder_(folder), except_(std::move(except)) {
    for (fs::path& path : except_) {
      if (!path.has_filename()) path = path.parent_path();  // "out/"
    }
    search(folder);
    std::sort(files_.pictures.begin(), files_.pictures.end());
    std::sort(files_.left_out.begin(), files_.left_out.end());
  }

  PictureFiles take() { return std::move(files_); }

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
  std::vector<fs::path> except_;
  std::set<fs::path> seen_;
  PictureFiles files_;
};

/// `path` with composed letters (NFC), or unchanged if it is not UTF-8. Two names are equal if
/// their composed forms are.
fs::path composed(const fs::path& path) {
  const std::unique_ptr<char, decltype(&g_free)> text(
      g_utf8_normalize(path.c_str(), -1, G_NORMALIZE_NFC), &g_free);
  return text ? fs::path(text.get()) : path;
}

}  // namespace

fs::path without_extension(fs::path path) { return path.replace_extension(); }

PictureFiles list_pictures(const fs::path& folder, const std::vector<fs::path>& except) try {
  return Search(folder, except).take();
} catch (const fs::filesystem_error& error) {
  throw Error(fmt::format("{}: cannot read the folder: {}",
                          (error.path1().empty() ? folder : error.path1()).string(),
                          error.code().message()));
}

PictureNames::PictureNames(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) files_[composed(without_extension(file))].push_back(file);
}

bool PictureNames::has(const fs::path& stem) const { return files_.contains(composed(stem)); }

const fs::path* PictureNames::find(const fs::path& stem, std::string_view extension) const {
  const auto found = files_.find(composed(stem));
  if (found == files_.end()) return nullptr;
  const auto rank = [&](const fs::path& file) {
    return std::pair(without_extension(file) != stem,
                     lower_case(file.extension().native()) != lower_case(extension));
  };
  const std::vector<fs::path>& files = found->second;
  const auto best =
      std::min_element(files.begin(), files.end(),
                       [&](const fs::path& a, const fs::path& b) { return rank(a) < rank(b); });
  const auto as_good = std::count_if(
      files.begin(), files.end(), [&](const fs::path& file) { return rank(file) == rank(*best); });
  return as_good == 1 ? &*best : nullptr;
}

FolderNames::FolderNames(fs::path folder) : folder_(std::move(folder)) {}

fs::path FolderNames::find(const fs::path& name) const {
  fs::path place = folder_;
  for (const fs::path& part : name) {
    std::error_code ignored;
    const bool ascii = std::all_of(part.native().begin(), part.native().end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    place = ascii || fs::exists(place / part, ignored) ? place / part : in_other_form(place, part);
  }
  return place;
}

fs::path FolderNames::in_other_form(const fs::path& place, const fs::path& name) const {
  const std::lock_guard lock(mutex_);
  const auto [list, is_new] = listed_.try_emplace(place);
  auto& names = list->second;
  if (is_new) {
    std::error_code ignored;
    fs::directory_iterator entry(place, ignored);
    for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
      const fs::path other = entry->path().filename();
      fs::path& first = names[composed(other)];
      if (first.empty() || other < first) first = other;
    }
  }
  const auto found = names.find(composed(name));
  return place / (found == names.end() ? name : found->second);
}

}  // namespace lama::internal::codecs

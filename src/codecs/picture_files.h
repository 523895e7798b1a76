// Finds picture files: all of a folder, or one by its name.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace lama::internal::codecs {

struct PictureFiles {
  std::vector<std::filesystem::path> pictures;  ///< relative to the folder, sorted
  /// Pictures with an ending that no format has: "scan", or "b.psd". Whole paths, sorted.
  std::vector<std::filesystem::path> left_out;
};

/// The pictures of a folder, its subfolders and linked folders, each folder once. Skips hidden
/// files, and the files and folders `except`. Throws Error if a folder cannot be read.
PictureFiles list_pictures(const std::filesystem::path& folder,
                           const std::vector<std::filesystem::path>& except = {});

/// The path of a picture without its extension.
std::filesystem::path without_extension(std::filesystem::path path);

/// Finds pictures by their names in any Unicode form: macOS writes decomposed letters, other
/// systems composed ones.
class PictureNames {
 public:
  explicit PictureNames(const std::vector<std::filesystem::path>& files);

  /// Whether a picture has this path, except for its extension.
  bool has(const std::filesystem::path& stem) const;

  /// That picture. Of several, those in the same Unicode form come first, and among them those with
  /// this extension (".png"), in upper or lower case. Null if none or several are left.
  const std::filesystem::path* find(const std::filesystem::path& stem,
                                    std::string_view extension) const;

 private:
  std::map<std::filesystem::path, std::vector<std::filesystem::path>> files_;  // by composed name
};

/// Finds what is in a folder by its name in any Unicode form. Lists each folder at most once, and
/// only for a name that it does not have. Thread-safety: all functions may be called from any
/// thread.
class FolderNames {
 public:
  explicit FolderNames(std::filesystem::path folder);

  /// The file or folder `name` below the folder, or the one there whose name differs only in its
  /// Unicode form (of several, the first by its bytes). The folder's path / `name` if there is
  /// neither.
  std::filesystem::path find(const std::filesystem::path& name) const;

 private:
  std::filesystem::path in_other_form(const std::filesystem::path& place,
                                      const std::filesystem::path& name) const;

  const std::filesystem::path folder_;
  mutable std::mutex mutex_;
  /// The names in each listed folder, by their composed forms.
  mutable std::map<std::filesystem::path, std::map<std::filesystem::path, std::filesystem::path>>
      listed_;
};

}  // namespace lama::internal::codecs

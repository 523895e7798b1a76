#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "training/data/pictures.h"

namespace lama::internal::training {

/// All pictures of folders and of those in them, by name (codecs::list_pictures), in every format
/// this project reads. (The published code takes files that end in .jpg alone.)
class FolderPictures : public Pictures {
 public:
  /// Throws Error if there is none in one of `folders`, or one cannot be read.
  explicit FolderPictures(const std::vector<std::string>& folders);

  std::size_t size() const override { return files_.size(); }
  std::string name(std::size_t i) const override { return files_[i].string(); }
  Image read(std::size_t i) const override;

 private:
  std::vector<std::filesystem::path> files_;
};

}  // namespace lama::internal::training

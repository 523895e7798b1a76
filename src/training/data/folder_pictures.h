#pragma once

#include <filesystem>
#include <vector>

#include "training/data/pictures.h"

namespace lama::training {

/// All pictures of a folder and of those in it, by name (codecs::pair_with), in every format this
/// project reads. (The published code takes files that end in .jpg alone.)
class FolderPictures : public Pictures {
 public:
  /// Throws Error if there is none, or a folder cannot be read.
  explicit FolderPictures(const std::filesystem::path& folder);

  std::size_t size() const override { return files_.size(); }
  std::string name(std::size_t i) const override { return files_[i].string(); }
  Image read(std::size_t i) const override;

 private:
  std::vector<std::filesystem::path> files_;
};

}  // namespace lama::training

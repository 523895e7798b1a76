#include "training/data/folder_pictures.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "codecs/eight_bit_rgb.h"
#include "codecs/picture.h"
#include "codecs/picture_files.h"

namespace lama::internal::training {

FolderPictures::FolderPictures(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    const std::vector<std::filesystem::path> found = codecs::list_pictures(folder).pictures;
    if (found.empty()) {
      throw Error(fmt::format(
          "{}: no training pictures in it or in folders below it: files named .jpg, .png, .webp or "
          "as another format's were looked for",
          folder));
    }
    for (const std::filesystem::path& file : found) files_.push_back(folder / file);
  }
}

Image FolderPictures::read(std::size_t i) const {
  return codecs::eight_bit_rgb(codecs::read_picture(files_[i], "photo"));
}

}  // namespace lama::internal::training

#include "training/data/pictures.h"

#include "training/data/folder_pictures.h"
#include "training/data/tar_pictures.h"

namespace lama::internal::training {

std::unique_ptr<Pictures> open_pictures(PictureSource source,
                                        const std::vector<std::string>& indir) {
  if (source == PictureSource::web) return std::make_unique<TarPictures>(indir);
  return std::make_unique<FolderPictures>(indir);
}

}  // namespace lama::internal::training

#include "training/data/pictures.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "training/data/brace_pattern.h"
#include "training/data/folder_pictures.h"
#include "training/data/tar_pictures.h"

namespace lama::internal::training {

void require_pictures(PictureSource source, const std::vector<std::string>& indir) {
  for (const std::string& path : indir) {
    if (source == PictureSource::web) {
      for (const std::string& shard : expand_braces(path)) {
        require_file(shard, "a tar file, with data.train.kind=default_web");
      }
    } else if (!std::filesystem::is_directory(path)) {
      throw Error(fmt::format(
          "{}: no such folder of training pictures (data.train.indir; for tar files say "
          "data.train.kind=default_web)",
          path));
    }
  }
}

std::unique_ptr<Pictures> open_pictures(PictureSource source,
                                        const std::vector<std::string>& indir) {
  require_pictures(source, indir);
  if (source == PictureSource::web) return std::make_unique<TarPictures>(indir);
  return std::make_unique<FolderPictures>(indir);
}

}  // namespace lama::internal::training

// Folders of pictures: decoding, filling and encoding overlap, small pictures are filled several at
// a time, and one bad picture stops nothing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/inpaint_picture.h"
#include "cli/shard.h"

namespace lama::cli {

/// Which pictures a folder run fills.
struct FolderRun {
  std::string pictures;  ///< a folder
  std::string mask;      ///< a folder, a picture, or empty: masks lie beside the pictures
  std::string output;    ///< a folder; made if it is not there
  bool skip_existing = false;
  Shard shard;
  int threads = 1;  ///< the model's
};

/// A picture that could not be filled, and why.
struct FailedPicture {
  std::string picture, mask, error;
};

/// What a folder run did.
struct FolderSummary {
  std::string model = "no model";  ///< the one used; this if nothing was to do
  std::size_t pictures = 0;        ///< with a mask, and of the shard
  std::size_t done = 0, skipped = 0;
  std::vector<FailedPicture> failed;
  std::vector<std::filesystem::path> pictures_without_mask, masks_without_picture;
};

/// Fills all pictures of the folder, or those of the shard. `open_model` is called only if there is
/// something to do. Throws Error if nothing can be done at all, Interrupted after finishing what
/// was being written.
FolderSummary inpaint_folder(const FolderRun& run, const FillOptions& options,
                             const std::function<OpenedModel()>& open_model, const Common& common);

}  // namespace lama::cli

// Folder runs: decoding, filling and encoding overlap, several small pictures are filled at a time,
// and a bad picture does not stop the run.
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
#include "codecs/pairs.h"

namespace lama::internal::cli {

/// The pictures of a folder run.
struct FolderRun {
  std::string pictures;  ///< a folder
  std::string mask;      ///< a folder, a picture, or empty: masks are beside the pictures
  std::string output;    ///< a folder; created if missing
  bool skip_existing = false;
  Shard shard;
  int threads = 1;  ///< the model's
};

/// A picture that failed, and its error.
struct FailedPicture {
  std::string picture, mask, error;
};

/// A note about a picture that was filled.
struct PictureNote {
  std::string picture, mask, note;
};

/// The result of a folder run.
struct FolderSummary {
  std::string model;         ///< empty if no picture was filled
  std::size_t pictures = 0;  ///< pictures with a mask, in this shard
  std::size_t done = 0, skipped = 0;
  std::size_t empty_masks = 0;  ///< of those done: masks that mark nothing
  std::vector<FailedPicture> failed;
  std::vector<PictureNote> notes;
  std::vector<std::filesystem::path> pictures_without_mask;
  std::vector<codecs::LoneMask> masks_without_picture;
  std::vector<std::filesystem::path> left_out;  ///< pictures under a name that no format has
};

/// Fills all pictures of the folder, or those of the shard. Calls `open_model` only if a picture
/// needs it. Throws Error if nothing can be done at all, and Interrupted after it has finished the
/// current file.
FolderSummary inpaint_folder(const FolderRun& run, const FillOptions& options,
                             const std::function<OpenedModel()>& open_model, const Common& common);

}  // namespace lama::internal::cli

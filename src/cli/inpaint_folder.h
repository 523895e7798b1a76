// Folder runs: chooses the pictures to fill and their masks, and sums up the results.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/fill_pictures.h"
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

/// The result of a folder run.
struct FolderSummary {
  std::string model;         ///< empty if no picture was filled
  std::size_t pictures = 0;  ///< pictures with a mask, in this shard
  std::size_t skipped = 0;
  FilledPictures filled;
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

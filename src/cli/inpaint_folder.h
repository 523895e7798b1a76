// Folders of pictures: decoding, filling and encoding overlap, small pictures are filled several at
// a time, and one bad picture stops nothing.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/inpaint_picture.h"
#include "cli/shard.h"

namespace lama::cli {

struct FolderJob {
  std::string pictures;  ///< a folder
  std::string mask;      ///< a folder, a picture, or empty: masks lie beside the pictures
  std::string output;    ///< a folder; made if it is not there
  bool skip_existing = false;
  Shard shard;
  int threads = 1;  ///< the model's
};

/// Fills all pictures of the folder, or those of the shard. `open_model` is called only if there is
/// something to do. Returns the summary; keys are in docs/cli.md. Throws Error if nothing can be
/// done at all, Interrupted after finishing what was being written.
nlohmann::ordered_json inpaint_folder(const FolderJob& job, const Wishes& wishes,
                                      const std::function<OpenedModel()>& open_model,
                                      const Common& common);

}  // namespace lama::cli

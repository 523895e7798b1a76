// Fills many pictures: decoding, filling and encoding overlap, several small pictures are filled at
// a time, and a bad picture does not stop the others.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/inpaint_picture.h"
#include "inpaint/backend.h"
#include "inpaint/fill_options.h"

namespace lama::internal::cli {

/// A picture that failed, and its error.
struct FailedPicture {
  std::string picture, mask, error;
};

/// A note about a picture that was filled.
struct PictureNote {
  std::string picture, mask, note;
};

/// What became of the pictures, in their order.
struct FilledPictures {
  std::size_t done = 0;
  std::size_t empty_masks = 0;  ///< of those done: masks that mark nothing
  std::vector<FailedPicture> failed;
  std::vector<PictureNote> notes;
};

/// Fills the pictures with `threads` threads, and says failures, notes and progress on the way.
/// Throws Interrupted after it has finished the files at work.
FilledPictures fill_pictures(const std::vector<PicturePaths>& pictures, const Backend& network,
                             int threads, const FillOptions& options, const Common& common);

}  // namespace lama::internal::cli

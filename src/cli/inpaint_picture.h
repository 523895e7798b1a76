// One picture from file to file, in steps, so that a folder's pictures can be read, filled and
// written at the same time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codecs/picture.h"
#include "image/mask.h"
#include "inpaint/inpaint.h"

namespace lama::cli {

/// What `lama inpaint` was asked to do with every picture.
struct Wishes {
  MaskOptions mask;
  bool resize_mask = false;
  bool fill_transparent = false;  ///< the mask is the picture's own transparent part
  bool published = false;
  int quality = 0;  ///< 0: the source's
  InpaintOptions inpaint;
};

/// What is read from where and written to where. "-" is stdin or stdout.
struct Job {
  std::string picture;
  std::string mask;  ///< unused with Wishes::fill_transparent
  std::string output;
};

/// A job on its way through the steps.
struct Work {
  Job job;
  codecs::Picture picture;           ///< as read; after fill its image is the result
  codecs::Format format = {};        ///< of the output
  Mask missing;                      ///< the mask
  Inpainted result;                  ///< of fill, without its image
  std::vector<std::string> notes;    ///< what a user should know
  std::vector<std::string> details;  ///< what a user may want to know (-v)

  bool has_hole() const { return missing_pixels > 0; }
  std::size_t missing_pixels = 0;
};

/// Throws Error if the output cannot be written: before the long work.
void check_output(const Job& job);

/// Reads the picture and its mask. Throws Error if they cannot be read or do not fit each other.
Work read(Job job, const Wishes& wishes);

/// Fills the hole; does nothing if there is none.
void fill(Work& work, const Backend& network, const Wishes& wishes,
          const engine::Observer& observer);

/// Writes the output. With an empty mask, and if the format stays, that is a copy of the input.
void write(Work& work, const Wishes& wishes);

}  // namespace lama::cli

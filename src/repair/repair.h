// The way of a picture from file to file: decode, mask, fill, encode, with every check and every
// note. The command line, folder runs and the server call it and add only where files come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "codecs/picture.h"
#include "image/mask.h"
#include "inpaint/backend.h"
#include "inpaint/fill_options.h"
#include "inpaint/inpaint.h"
#include "inpaint/option_table.h"

namespace lama::repair {

/// The files of one repair.
struct Input {
  std::vector<std::uint8_t> photo;
  std::vector<std::uint8_t> mask;        ///< empty with FillOptions::fill_transparent
  std::optional<codecs::Format> format;  ///< of the output; absent: the photo's
  // How errors and notes call the files, and how they spell options.
  std::string photo_name = "the photo", mask_name = "the mask", output_name = "the output";
  Door door = Door::library;
};

/// One picture between the stages.
struct Repair {
  codecs::Picture picture;  ///< as decoded; from fill() on its image is the result
  codecs::Format format{};  ///< of the output
  std::string output_name;  ///< Input::output_name
  Mask missing;             ///< the hole
  std::size_t missing_pixels = 0;
  Inpainted result;                  ///< of fill(), without its image
  std::vector<std::string> notes;    ///< what the person should know, a sentence each
  std::vector<std::string> details;  ///< what was decided on the way, for those who ask

  bool has_hole() const { return missing_pixels > 0; }
};

/// Gets the share of the work that is done, 0 to 1. Throws Cancelled to stop. May be empty.
using Observer = std::function<void(double done)>;

// The three stages, which a folder run does at the same time for different pictures. Thread-safety:
// one Repair is used by one thread at a time.

/// Decodes the photo and its mask. Throws BadOption, UnfitMask, and Error if a file is damaged or
/// the output's format cannot hold the picture. A mask of another size is refused before its pixels
/// are decoded, which may take long and much memory.
Repair decode(Input input, const FillOptions& options);

/// Fills the hole; does nothing if there is none. Throws as inpaint() does.
void fill(Repair& repair, const Backend& network, const FillOptions& options,
          const Observer& observer = nullptr);

/// The output file. Without a hole, and if neither format nor quality changes, it is a copy of the
/// photo's file.
std::vector<std::uint8_t> encode(Repair& repair, const FillOptions& options);

/// All stages. `observer` gets 0 when the files are decoded and 1 when the hole is filled.
struct Repaired {
  std::vector<std::uint8_t> file;
  Repair repair;
};
Repaired repair(Input input, const Backend& network, const FillOptions& options,
                const Observer& observer = nullptr);

}  // namespace lama::repair

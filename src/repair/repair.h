// A picture's way from file to file: decode, mask, fill, encode, with all checks and notes. The
// command line, folder runs and the server call it; they only read and write the files.
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

namespace lama::internal::repair {

/// The files of one repair.
struct Input {
  std::vector<std::uint8_t> photo;
  std::vector<std::uint8_t> mask;        ///< empty with FillOptions::fill_transparent
  std::optional<codecs::Format> format;  ///< of the output; absent: written_as() the photo's
  // Names of the files in errors and notes, and the door whose spelling of options they use.
  std::string photo_name = "the photo", mask_name = "the mask", output_name = "the output";
  Door door = Door::library;
};

/// One picture between the stages.
struct Repair {
  codecs::Picture picture;              ///< as decoded; fill() replaces its image by the result
  codecs::Format format{};              ///< of the output
  Door door = Door::library;            ///< of Input
  std::string photo_name, output_name;  ///< of Input
  Mask missing;                         ///< the hole
  std::size_t missing_pixels = 0;
  bool doubtful_mask = false;        ///< some notes doubt that it is the intended mask
  Inpainted result;                  ///< the result of fill(), without its image
  std::vector<std::string> notes;    ///< sentences for the user
  std::string advice;                ///< a sentence about a better model, or empty
  std::vector<std::string> details;  ///< decisions on the way, for verbose output

  bool has_hole() const { return missing_pixels > 0; }
};

/// Receives the finished share of the work, 0 to 1. Throws Cancelled to stop. May be empty.
using Observer = std::function<void(double done)>;

// The three stages. A folder run overlaps them for different pictures. Thread-safety: one thread at
// a time uses a Repair.

/// Decodes the photo and its mask. Throws BadOption, UnfitMask, and Error if a file is damaged or
/// the output's format cannot hold the picture. It refuses a mask of another size before it decodes
/// the mask's pixels, which may take long and much memory.
Repair decode(Input input, const FillOptions& options);

/// Fills the hole, if there is one. Throws as inpaint() does.
void fill(Repair& repair, const Backend& network, const FillOptions& options,
          const Observer& observer = nullptr);

/// Encodes the output file. If there is no hole and neither format nor quality changes, it copies
/// the photo's file.
std::vector<std::uint8_t> encode(Repair& repair, const FillOptions& options);

/// All stages. `observer` receives 0 after the files are decoded and 1 after the hole is filled.
struct Repaired {
  std::vector<std::uint8_t> file;
  Repair repair;
};
Repaired repair(Input input, const Backend& network, const FillOptions& options,
                const Observer& observer = nullptr);

}  // namespace lama::internal::repair

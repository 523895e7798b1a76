// Colours that a file states without an ICC profile: a PNG's cICP, gAMA and cHRM chunks, the "nclx"
// property of HEIF and AVIF, the linear light of floats in TIFF.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codecs/format.h"
#include "image/image.h"

namespace lama::internal::codecs {

struct ColourTags {
  /// The same colours as an ICC profile, which all formats can keep; empty for sRGB, also if
  /// assumed.
  std::vector<std::uint8_t> profile;
  /// A sentence about the file's statement; empty if there is none.
  std::string note;
};

/// Reads them from a file without an ICC profile whose pixels have this form. Throws Error for
/// light beyond white (PQ, HLG), which no profile can state.
ColourTags read_colour_tags(std::span<const std::uint8_t> file, Format format, ColourModel model,
                            Depth depth);

}  // namespace lama::internal::codecs

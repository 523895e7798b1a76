// Colours that a file states without an ICC profile: a PNG's cICP, gAMA and cHRM chunks, the "nclx"
// property of HEIF and AVIF, the linear light of floats in TIFF.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codecs/format.h"
#include "image/image.h"

namespace lama::codecs {

struct ColourTags {
  /// The same as an ICC profile, which all formats can keep; empty if the colours are sRGB's, or
  /// taken for that.
  std::vector<std::uint8_t> profile;
  /// A sentence on what the file says; empty if there is nothing to tell.
  std::string note;
};

/// Of a file without an ICC profile whose pixels have this form.
/// Throws Error for light beyond white (PQ, HLG), which no profile can state.
ColourTags read_colour_tags(std::span<const std::uint8_t> file, Format format, ColourModel model,
                            Depth depth);

}  // namespace lama::codecs

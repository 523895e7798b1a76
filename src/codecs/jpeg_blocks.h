// JPEGs that differ from their source only where they were repaired: every 8x8 block that the hole
// does not touch keeps its DCT coefficients.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/image.h"
#include "image/mask.h"

namespace lama::codecs {

struct JpegRepair {
  /// A picture that shows the repaired one as the source stores it, as a JPEG file of at most so
  /// many bytes; empty if it cannot be that small.
  std::function<std::vector<std::uint8_t>(std::size_t)> make_thumbnail;
  /// Told, a sentence each, what of the source was left out or made anew, or why nothing was made.
  std::function<void(const std::string&)> note;
};

/// The JPEG file `source` with new pixels where `replaced` says so. `image` and `replaced` are
/// upright: `orientation`, 1 to 8, is the EXIF one that turned the stored picture. The new picture
/// is stored as the old one was, and its EXIF says so still. `image` has 8 bits and the colours of
/// the source; of its pixels only the replaced ones are read.
///
/// Quantisation tables, sampling, colour transform, restart interval and the choice between
/// sequential and progressive stay, Huffman tables are optimal. A block of a component is made anew
/// if a replaced pixel lies in the area its samples stand for (ITU-T T.81, A.1.1); what it shows of
/// known pixels is quantised a second time, but never upsampled, converted or rounded to integers.
/// Segments stay as jpeg_segments.h says, nothing follows the picture.
///
/// Nothing comes back, after a note, if that is impossible: arithmetic coding, damage, an
/// incomplete progressive picture, kinds of colour that libjpeg does not convert.
std::optional<std::vector<std::uint8_t>> repair_jpeg(std::span<const std::uint8_t> source,
                                                     const Image& image, const Mask& replaced,
                                                     int orientation, const JpegRepair& options);

}  // namespace lama::codecs

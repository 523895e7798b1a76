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

namespace lama::internal::codecs {

struct JpegRepair {
  /// Returns the repaired picture, oriented as stored, as a JPEG file of at most the given number
  /// of bytes; empty if it cannot be that small.
  std::function<std::vector<std::uint8_t>(std::size_t)> make_thumbnail;
  /// Receives a sentence for each dropped or replaced part of the source, and for a failure.
  std::function<void(const std::string&)> note;
};

/// The JPEG file `source` with new pixels where `replaced` is set. `image` and `replaced` are
/// upright: `orientation`, 1 to 8, is the EXIF orientation that turned the stored picture. The
/// output is stored in the same orientation, with the same EXIF value. `image` has 8 bits and the
/// source's colours; only its replaced pixels are read.
///
/// Quantisation tables, sampling, colour transform, restart interval and the choice between
/// sequential and progressive stay; Huffman tables are optimal. A block of a component is remade if
/// a replaced pixel lies in the area of its samples (ITU-T T.81, A.1.1). The known pixels in it are
/// quantised a second time, but never upsampled, converted or rounded to integers. jpeg_segments.h
/// describes the kept segments. No data follows the picture.
///
/// Returns nothing, after a note, if that is impossible: arithmetic coding, damage, an incomplete
/// progressive picture, kinds of colour that libjpeg does not convert.
std::optional<std::vector<std::uint8_t>> repair_jpeg(std::span<const std::uint8_t> source,
                                                     const Image& image, const Mask& replaced,
                                                     int orientation, const JpegRepair& options);

}  // namespace lama::internal::codecs

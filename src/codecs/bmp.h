// Windows bitmaps. libvips reads them by ImageMagick alone, whose hundreds of formats and settings
// are too much to expose to strangers' files; OpenCV's reader links GDAL. Uncompressed bitmaps,
// which are nearly all, need little.
#pragma once

#include <cstdint>
#include <span>
#include <vips/vips8>

#include "image/image.h"

namespace lama::internal::codecs {

/// A libvips image of the size and form of read_bmp()'s, without its pixels. Throws Error for a
/// damaged or compressed file.
vips::VImage head_of_bmp(std::span<const std::uint8_t> file);

/// The picture in RGB of 8 bits, with alpha if the file describes it. Throws Error as above, and if
/// the file is cut short.
Image read_bmp(std::span<const std::uint8_t> file);

}  // namespace lama::internal::codecs

// Facts about JPEG XL files that not every libvips reports.
#pragma once

#include <cstdint>
#include <span>
#include <vips/vips8>

namespace lama::internal::codecs {

/// Whether frames follow each other in time. libvips 8.14 would decode all and return the last.
bool is_animated_jpeg_xl(std::span<const std::uint8_t> file);

/// The file for libvips, with the boxes that hold metadata under Brotli renamed, so that it skips
/// them: they may hold any amount, and libvips from 8.15 on would inflate them. Returns `file`
/// itself if there are none.
VipsBlob* without_compressed_boxes(VipsBlob* file);

}  // namespace lama::internal::codecs

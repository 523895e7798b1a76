// Facts about JPEG 2000 files that libvips does not report.
#pragma once

#include <cstdint>
#include <span>

namespace lama::internal::codecs {

/// The bits of the first component's samples, 1 to 128. libvips puts fewer than 8 or 16 into the
/// upper part of a sample. 16 for a file without a stream.
int jpeg2000_bits(std::span<const std::uint8_t> file);

/// Throws Error if OpenJPEG would reserve much memory for a small file: for many components, tiles,
/// or tiny precincts, each of which it describes before it decodes anything.
void require_bounded_jpeg2000(std::span<const std::uint8_t> file);

}  // namespace lama::internal::codecs

#pragma once

#include <cstdint>
#include <span>

namespace lama::internal::codecs {

/// The quality, 1 to 100 on libjpeg's scale, whose luminance quantisation table is nearest to the
/// one in a JPEG file's header; 0 without a readable header.
int jpeg_quality(std::span<const std::uint8_t> file);

}  // namespace lama::internal::codecs

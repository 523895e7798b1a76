// Lossless WebP that keeps the colours of transparent pixels. libvips lets libwebp replace them by
// smaller data.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"

namespace lama::internal::codecs {

/// Replaces the pixels of the WebP file by those of `image`, of 8 bits, losslessly; the rest of the
/// file stays. Throws Error if that fails.
std::vector<std::uint8_t> with_exact_pixels(std::span<const std::uint8_t> webp, const Image& image);

}  // namespace lama::internal::codecs

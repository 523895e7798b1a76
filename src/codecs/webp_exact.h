// Lossless WebP that keeps what transparent pixels hide. libvips lets libwebp replace that by what
// is smallest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"

namespace lama::codecs {

/// The WebP file with its pixels replaced by those of `image`, of 8 bits, losslessly; everything
/// else in it stays. Throws Error if that fails.
std::vector<std::uint8_t> with_exact_pixels(std::span<const std::uint8_t> webp, const Image& image);

}  // namespace lama::codecs

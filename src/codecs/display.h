// Encodes pictures without their metadata: for screens, masks, cut-outs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codecs/picture.h"

namespace lama::internal::codecs {

/// Encodes the picture for any browser: 8 bits, sRGB, upright, the longer side at most `longest`
/// (never enlarged), without metadata. Without `format` (PNG or JPEG) it is a PNG if it may have
/// transparent pixels, else a JPEG. In a JPEG transparent pixels become white.
std::vector<std::uint8_t> encode_for_display(const Picture& picture, int longest,
                                             std::optional<Format> format = std::nullopt);

/// `mask` as a grey PNG of 8 bits, white where something is missing.
std::vector<std::uint8_t> encode_mask_png(const Mask& mask);

/// `image`, in sRGB or grey, as a PNG of its depth (floats: 16 bits), without metadata.
std::vector<std::uint8_t> encode_bare_png(const Image& image);

}  // namespace lama::internal::codecs

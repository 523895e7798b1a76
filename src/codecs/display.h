// Pictures for screens, beside the files that are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codecs/picture.h"

namespace lama::codecs {

/// The picture as a file that any browser shows as it is: 8 bits, sRGB, upright, the longer side at
/// most `longest` (never enlarged), without metadata. Without `format` (PNG or JPEG) it is a PNG if
/// something may be transparent, else a JPEG; a JPEG has white where it was transparent.
std::vector<std::uint8_t> encode_for_display(const Picture& picture, int longest,
                                             std::optional<Format> format = std::nullopt);

/// `image`, in sRGB or grey, as a PNG of its depth (floats: 16 bits), without metadata.
std::vector<std::uint8_t> encode_bare_png(const Image& image);

}  // namespace lama::codecs

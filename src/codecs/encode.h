// Encodes pixels into each format. For the .cpp files of this room.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "codecs/picture.h"

namespace lama::internal::codecs {

/// Encodes `image`, which `format` must be able to hold (see require_holds), with the metadata of
/// `source`. Throws vips::VError.
std::vector<std::uint8_t> encode(const Image& image, Format format, const Picture& source,
                                 const WriteOptions& options,
                                 const std::function<void(const std::string&)>& note);

}  // namespace lama::internal::codecs

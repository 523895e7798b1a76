// Bounds the metadata of a picture's file before any library reads it.
#pragma once

#include <cstdint>
#include <span>

#include "codecs/format.h"

namespace lama::internal::codecs {

/// Throws Error if the entries, items or compressed texts of the file together name more bytes than
/// twice the file has (and a constant for small files). Libraries copy or inflate each of them, so
/// that a few kilobytes could take all memory. Copies nothing but the extents of a HEIF file's EXIF
/// data.
void require_bounded_metadata(std::span<const std::uint8_t> file, Format format);

}  // namespace lama::internal::codecs

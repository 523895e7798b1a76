// Removes or replaces pictures in an EXIF block, in place: unknown tags and their data do not
// move.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lama::internal::codecs {

/// Replaces the thumbnail in `exif`, a TIFF block as in JPEG and PNG files (without "Exif\0\0").
/// `make_thumbnail` returns a JPEG of at most that many bytes, or nothing; then, or if the old
/// thumbnail is not a JPEG, the thumbnail is removed. So is a maker note with a JPEG picture in it.
/// All other bytes stay. Adds a sentence to `notes` for each.
///
/// False if the block has another JPEG picture: it is then half changed and must not be used.
bool replace_exif_previews(
    std::span<std::uint8_t> exif,
    const std::function<std::vector<std::uint8_t>(std::size_t)>& make_thumbnail,
    std::vector<std::string>& notes);

}  // namespace lama::internal::codecs

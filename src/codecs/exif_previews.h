// Pictures in an EXIF block, taken out or exchanged in place: tags that nobody understands stay
// where they are and so does everything they point to.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lama::codecs {

/// Puts a new thumbnail where the old one was in `exif`, a TIFF block as JPEG and PNG files have it
/// (without "Exif\0\0"). `make_thumbnail` gives a JPEG file of at most so many bytes, or nothing if
/// it cannot; then, and if the thumbnail is no JPEG, it goes. A maker note with a JPEG picture in
/// it goes as well. All other bytes stay. Adds a sentence to `notes` for each.
///
/// False if there is another JPEG picture in the block: it is half done then and must not be used.
bool replace_exif_previews(
    std::span<std::uint8_t> exif,
    const std::function<std::vector<std::uint8_t>(std::size_t)>& make_thumbnail,
    std::vector<std::string>& notes);

}  // namespace lama::codecs

// Small copies of a picture that files carry in their metadata. After a repair they would still
// show what was removed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::codecs {

/// Photoshop image resources (a JPEG's APP13 segment) without the thumbnails among them. Data that
/// does not parse as resources comes back empty: what is not understood may hide a thumbnail.
std::vector<std::uint8_t> without_photoshop_thumbnails(std::span<const std::uint8_t> resources);

/// XMP without its Thumbnails elements, whatever their prefix (older files have "xap").
/// What is not well-formed comes back empty.
std::string without_xmp_thumbnails(std::string_view xmp);

/// True if the EXIF block holds a JPEG picture that is not `thumbnail`: a camera's preview in the
/// maker note.
bool has_maker_note_preview(std::span<const std::uint8_t> exif,
                            std::span<const std::uint8_t> thumbnail);

}  // namespace lama::codecs

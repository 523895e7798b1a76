// The application and comment segments of a JPEG file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lama::internal::codecs {

struct JpegSegment {
  int marker = 0;                  ///< 0xe0 to 0xef for APP0 to APP15, 0xfe for comments
  std::vector<std::uint8_t> data;  ///< without marker and length: at most 65533 bytes

  friend bool operator==(const JpegSegment&, const JpegSegment&) = default;
};

/// Copies `segments` in their order, without the parts that show the old picture or lead there:
/// - the EXIF thumbnail and previews in maker notes (see exif_previews.h);
/// - thumbnails in JFIF segments and Photoshop resources;
/// - the XMP properties that previews.h lists; extended XMP as a whole if it has one;
/// - Multi-Picture (CIPA DC-007) and gain map (ISO 21496-1) segments, whose pictures follow the
///   first one in the file;
/// - any other application segments with a JPEG or PNG picture in them: previews of old cameras,
///   thermal pictures, content credentials (which the repair invalidates anyway).
/// Adds a sentence to `notes` for each. Returns nothing if a preview cannot be removed.
std::optional<std::vector<JpegSegment>> repaired_segments(
    std::vector<JpegSegment> segments,
    const std::function<std::vector<std::uint8_t>(std::size_t)>& make_thumbnail,
    std::vector<std::string>& notes);

}  // namespace lama::internal::codecs

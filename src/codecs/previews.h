// Small copies of a picture in its metadata. After a repair they would still show the removed
// object.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal::codecs {

/// One of Photoshop's image resources: views into the data.
struct PhotoshopResource {
  int id = 0;
  std::span<const std::uint8_t> data;
  std::span<const std::uint8_t> whole;  ///< with its header and padding
};

/// The resources in a JPEG's APP13 segment; none if the data does not parse.
std::vector<PhotoshopResource> photoshop_resources(std::span<const std::uint8_t> resources);

/// Photoshop image resources (a JPEG's APP13 segment) without their thumbnails. Returns nothing for
/// data that does not parse, because it may hide a thumbnail.
std::vector<std::uint8_t> without_photoshop_thumbnails(std::span<const std::uint8_t> resources);

/// XMP without the properties, attributes or elements that hold other pictures of the same scene or
/// announce such pictures in the file: Thumbnails with any prefix (older files have "xap"), gain
/// maps (Adobe's, Apple's), depth maps and lens-blurred originals (GDepth, GImage, Device),
/// Google's containers and motion photos. Adds their names to `dropped` unless it is null. All
/// other bytes stay. Returns an empty string if the XMP is not well-formed.
std::string without_xmp_previews(std::string_view xmp, std::set<std::string>* dropped = nullptr);

/// XMP without the property that announces an extended part.
std::string without_xmp_extension(std::string_view xmp);

/// True if the EXIF block holds a JPEG picture besides `thumbnail`: a camera's preview in the maker
/// note.
bool has_maker_note_preview(std::span<const std::uint8_t> exif,
                            std::span<const std::uint8_t> thumbnail);

}  // namespace lama::internal::codecs

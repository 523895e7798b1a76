// Small copies of a picture that files carry in their metadata. After a repair they would still
// show what was removed.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::codecs {

/// One of Photoshop's image resources. Refers to the data it was read from.
struct PhotoshopResource {
  int id = 0;
  std::span<const std::uint8_t> data;
  std::span<const std::uint8_t> whole;  ///< with its header and padding
};

/// The resources in a JPEG's APP13 segment; none if the data does not parse as resources.
std::vector<PhotoshopResource> photoshop_resources(std::span<const std::uint8_t> resources);

/// Photoshop image resources (a JPEG's APP13 segment) without the thumbnails among them. Data that
/// does not parse as resources comes back empty: what is not understood may hide a thumbnail.
std::vector<std::uint8_t> without_photoshop_thumbnails(std::span<const std::uint8_t> resources);

/// XMP without its properties, attributes or elements, that hold other pictures of the same scene
/// or say that such pictures follow in the file: Thumbnails whatever their prefix (older files have
/// "xap"), gain maps (Adobe's, Apple's), depth maps and lens-blurred originals (GDepth, GImage,
/// Device), Google's containers and motion photos. Their names are added to `dropped` unless it is
/// null. All else keeps its bytes. What is not well-formed comes back empty.
std::string without_xmp_previews(std::string_view xmp, std::set<std::string>* dropped = nullptr);

/// XMP without the property that announces an extended part.
std::string without_xmp_extension(std::string_view xmp);

/// True if the EXIF block holds a JPEG picture that is not `thumbnail`: a camera's preview in the
/// maker note.
bool has_maker_note_preview(std::span<const std::uint8_t> exif,
                            std::span<const std::uint8_t> thumbnail);

}  // namespace lama::codecs

// IPTC data alone, as in TIFF, and within Photoshop's image resources, as in JPEG.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal::codecs {

/// The IPTC data among the resources of a JPEG's APP13 segment; empty if there are none.
std::vector<std::uint8_t> iptc_of_resources(std::span<const std::uint8_t> resources);

/// The content of a segment that holds only this IPTC data.
std::vector<std::uint8_t> resources_of_iptc(std::span<const std::uint8_t> iptc);

/// The text that ImageMagick and ExifTool read and write in a PNG ("Raw profile type iptc").
std::string png_text_of_iptc(std::span<const std::uint8_t> iptc);
std::vector<std::uint8_t> iptc_of_png_text(std::string_view text);

}  // namespace lama::internal::codecs

// The libvips functions of this room, besides its operations. For the .cpp files of this room.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vips/vips8>

namespace lama::internal::codecs {

/// Call it before any use of libvips. Throws Error if libvips does not start.
void start_libvips();

/// The first useful line of libvips's message: for a damaged file it has hundreds.
/// Clears the message, because libvips would append the next one.
std::string reason(const vips::VError& error);

/// Whether that reason is that memory ended.
bool lacks_memory(const std::string& why);

/// Whether a decoder gives that reason for a lack of memory as well as for other failures.
bool may_lack_memory(const std::string& why);

/// How a PNG packs a photograph. Without the filters, which libvips leaves out, it is a third
/// larger and takes as long.
inline vips::VOption* png_of_photograph() {
  return vips::VImage::option()->set("compression", 3)->set("filter", VIPS_FOREIGN_PNG_FILTER_ALL);
}

/// A libvips blob, released with this object.
using Blob = std::unique_ptr<VipsBlob, void (*)(VipsBlob*)>;
Blob own(VipsBlob* blob);
std::span<const std::uint8_t> bytes_of(const Blob& blob);

/// A field of an image; empty if missing.
std::span<const std::uint8_t> get_blob(const vips::VImage& image, const char* field);
void set_blob(vips::VImage& image, const char* field, std::span<const std::uint8_t> data);

}  // namespace lama::internal::codecs

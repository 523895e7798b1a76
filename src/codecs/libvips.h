// What this room needs of libvips besides its operations. For the .cpp files of this room.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vips/vips8>

namespace lama::codecs {

/// Must come before any use of libvips. Throws Error if it does not start.
void start_libvips();

/// The first line of libvips's message: a damaged file makes it repeat itself hundreds of times.
/// Forgets the message, to which libvips would append the next one.
std::string reason(const vips::VError& error);

/// A libvips blob that is released with this object.
using Blob = std::unique_ptr<VipsBlob, void (*)(VipsBlob*)>;
Blob own(VipsBlob* blob);
std::span<const std::uint8_t> bytes_of(const Blob& blob);

/// A field of an image; empty if there is none.
std::span<const std::uint8_t> get_blob(const vips::VImage& image, const char* field);
void set_blob(vips::VImage& image, const char* field, std::span<const std::uint8_t> data);

}  // namespace lama::codecs

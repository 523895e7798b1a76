// What a file says about its picture besides pixels, and how much of it each format keeps. For the
// .cpp files of this room.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "codecs/container.h"
#include "codecs/format.h"
#include "codecs/libvips.h"
#include "image/image.h"

namespace lama::codecs {

class Metadata {
 public:
  /// Of a picture that was made and not read.
  Metadata() : header(vips::VImage::black(1, 1)) {}
  /// Of `loaded`, which libvips read from `file`.
  Metadata(const vips::VImage& loaded, std::span<const std::uint8_t> file, Format format,
           const Container& container);

  /// A colour profile, of the file or made for it.
  std::span<const std::uint8_t> profile() const { return get_blob(header, VIPS_META_ICC_NAME); }
  void set_profile(std::span<const std::uint8_t> icc) { set_blob(header, VIPS_META_ICC_NAME, icc); }

  /// One pixel that carries all that libvips knows: it writes the fields of EXIF that an image
  /// carries, so they must stay in its own form.
  vips::VImage header;
  TiffForm tiff;
  std::vector<std::uint8_t> iptc;
  std::vector<std::uint8_t> comment;   ///< a JPEG's
  std::vector<std::uint8_t> png_text;  ///< a PNG's chunks of text as they were
  std::vector<std::string> embedded;   ///< see embedded_pictures
};

constexpr int kThumbnailSide = 160;  // the EXIF standard's

struct ThumbnailForm {
  int side = kThumbnailSide;
  int quality = 80;
};

/// A small JPEG of a picture, as EXIF has it, turned as an EXIF orientation says.
std::vector<std::uint8_t> make_thumbnail(const vips::VImage& image, const ThumbnailForm& form = {},
                                         int orientation = 1);

using Note = std::function<void(const std::string&)>;

/// Gives `image`, which libvips will write, the metadata of `source`, without what would be wrong
/// about it now.
void put_metadata(vips::VImage& image, const Metadata& source, Format format, const Note& note);

/// Adds to an encoded file what libvips does not write. `image` is what put_metadata was given.
std::vector<std::uint8_t> with_more_metadata(std::span<const std::uint8_t> file,
                                             const vips::VImage& image, const Metadata& source,
                                             Format format);

}  // namespace lama::codecs

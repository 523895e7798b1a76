// A file's metadata, and how much of it each format keeps. For the .cpp files of this
// room.
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

namespace lama::internal::codecs {

class Metadata {
 public:
  /// For a picture that was not read from a file.
  Metadata() : header(vips::VImage::black(1, 1)) {}
  /// Of `loaded`, which libvips read from `file`.
  Metadata(const vips::VImage& loaded, std::span<const std::uint8_t> file, Format format,
           const Container& container);

  /// A colour profile, of the file or made for it.
  std::span<const std::uint8_t> profile() const { return get_blob(header, VIPS_META_ICC_NAME); }
  void set_profile(std::span<const std::uint8_t> icc) { set_blob(header, VIPS_META_ICC_NAME, icc); }

  /// One pixel that carries all of libvips's fields. libvips writes the EXIF fields of an image, so
  /// they stay in its own form.
  vips::VImage header;
  TiffForm tiff;
  std::vector<std::uint8_t> iptc;
  std::vector<std::uint8_t> comment;   ///< a JPEG's
  std::vector<std::uint8_t> png_text;  ///< a PNG's text chunks, unchanged
  std::vector<std::string> embedded;   ///< see embedded_pictures
};

constexpr int kThumbnailSide = 160;  // the EXIF standard's

struct ThumbnailForm {
  int side = kThumbnailSide;
  int quality = 80;
};

/// A small JPEG of a picture, in EXIF's form, turned by an EXIF orientation.
std::vector<std::uint8_t> make_thumbnail(const vips::VImage& image, const ThumbnailForm& form = {},
                                         int orientation = 1);

using Note = std::function<void(const std::string&)>;

/// Adds the metadata of `source` to `image`, which libvips will write, without the parts that no
/// longer apply.
void put_metadata(vips::VImage& image, const Metadata& source, Format format, const Note& note);

/// Adds what libvips does not write to an encoded file. `image` is put_metadata()'s.
std::vector<std::uint8_t> with_more_metadata(std::span<const std::uint8_t> file,
                                             const vips::VImage& image, const Metadata& source,
                                             Format format);

}  // namespace lama::internal::codecs

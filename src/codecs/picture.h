// Pictures in files: JPEG and PNG, with what belongs to them besides pixels.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "image/image.h"

namespace lama::codecs {

enum class Format { jpeg, png };

/// Everything a file said about its pixels (EXIF, ICC, XMP, IPTC, resolution), to be written again.
class Metadata;

struct Picture {
  Image image;  ///< upright: the EXIF orientation has been applied
  Format format = Format::png;
  int quality = 0;                           ///< of a JPEG, 1 to 100 on libjpeg's scale
  std::shared_ptr<const Metadata> metadata;  ///< null if there is none
};

/// Reads a JPEG or PNG file of 8 or 16 bits per channel, grey or RGB, with or without alpha;
/// palettes are expanded. `what` names it in errors: "photo", "mask".
/// Throws Error if it is missing, no such picture, damaged, cut short, or larger than memory.
Picture read_picture(const std::filesystem::path& path, const std::string& what);

/// The format a file name asks for. Throws Error if it ends in none of .jpg, .jpeg, .png.
Format format_for(const std::filesystem::path& path);

struct WriteOptions {
  int quality = 0;  ///< for JPEG, 1 to 100; 0 means the source's, or 95 if it was no JPEG
};

/// Writes `image` in the format that `path` asks for, atomically (see base/file.h), with the
/// metadata of `source`. Orientation becomes 1, because the pixels are upright. Previews that would
/// still show the old picture do not survive: the EXIF thumbnail is made anew; thumbnails in
/// Photoshop resources and XMP and JPEG pictures in a maker note are dropped.
/// Throws Error if it cannot be written, or is a JPEG and the image has alpha.
void write_picture(const std::filesystem::path& path, const Image& image, const Picture& source,
                   const WriteOptions& options);

}  // namespace lama::codecs

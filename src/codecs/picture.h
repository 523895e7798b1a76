// Pictures in files, with what belongs to them besides pixels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "image/colour.h"
#include "image/image.h"
#include "image/mask.h"

namespace lama::codecs {

enum class Format { jpeg, png };

/// Everything a file said about its pixels (EXIF, ICC, XMP, IPTC, resolution), to be written again.
class Metadata;

struct Picture {
  Image image;  ///< upright: the EXIF orientation has been applied
  Format format = Format::png;
  int quality = 0;      ///< of a JPEG, 1 to 100 on libjpeg's scale
  int orientation = 1;  ///< the EXIF orientation that was applied to the stored pixels
  std::shared_ptr<const std::vector<std::uint8_t>> file;  ///< the file's bytes
  std::shared_ptr<const Metadata> metadata;               ///< null if there is none
  /// How the picture's colours become sRGB; null if they are sRGB or the file does not say.
  std::shared_ptr<const ColourConverter> colour;
};

/// Reads a JPEG or PNG file of 8 or 16 bits per channel, grey or RGB, with or without alpha;
/// palettes are expanded. `what` names it in errors: "photo", "mask".
/// Throws Error if it is missing, no such picture, damaged, cut short, or larger than memory.
Picture read_picture(const std::filesystem::path& path, const std::string& what);

/// The same from a file's bytes. `name` stands for the file in errors.
Picture read_picture(std::vector<std::uint8_t> file, const std::string& name,
                     const std::string& what);

/// The format a file name asks for. Throws Error if it ends in none of .jpg, .jpeg, .png.
Format format_for(const std::filesystem::path& path);

/// Whether format_for would know the name.
bool has_picture_name(const std::filesystem::path& path);

struct WriteOptions {
  int quality = 0;  ///< for JPEG, 1 to 100; 0 means the source's, or 95 if it was no JPEG
  /// Where the image differs from the source's; null if anywhere.
  const Mask* replaced = nullptr;
  /// Told, a sentence each, what of the source was left out or made anew. May be empty.
  std::function<void(const std::string&)> note;
};

/// `image` as a file of `format`, with the metadata of `source`. Orientation becomes 1, because the
/// pixels are upright. Previews that would still show the old picture do not survive: the EXIF
/// thumbnail is made anew; thumbnails in Photoshop resources and XMP and JPEG pictures in a maker
/// note are dropped. `name` stands for the file in errors.
/// A JPEG made from a JPEG without a new quality, whose replaced part is known, is the source but
/// for the blocks that were replaced (see jpeg_blocks.h); then the orientation stays the source's.
/// Throws Error if `format` cannot hold the image.
std::vector<std::uint8_t> encode_picture(const Image& image, Format format, const Picture& source,
                                         const WriteOptions& options, const std::string& name);

/// The same into a file, in the format that `path` asks for, atomically (see base/file.h).
/// Throws Error if it cannot be written too.
void write_picture(const std::filesystem::path& path, const Image& image, const Picture& source,
                   const WriteOptions& options);

}  // namespace lama::codecs

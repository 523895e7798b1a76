// Pictures in files, with what belongs to them besides pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "codecs/format.h"
#include "image/colour.h"
#include "image/image.h"
#include "image/mask.h"

namespace lama::codecs {

/// Everything a file said about its pixels (EXIF, ICC, XMP, IPTC, resolution), to be written again.
class Metadata;

struct Picture {
  Image image;  ///< upright: the orientation has been applied
  Format format = Format::png;
  int quality = 0;        ///< of a JPEG, 1 to 100 on libjpeg's scale
  bool lossless = false;  ///< whether the file held the samples exactly
  int orientation = 1;    ///< the EXIF orientation that was applied to the stored pixels
  std::shared_ptr<const std::vector<std::uint8_t>> file;  ///< the file's bytes
  std::shared_ptr<const Metadata> metadata;  ///< null if the picture was made and not read
  /// How the picture's colours become sRGB; null if they are sRGB or the file does not say.
  std::shared_ptr<const ColourConverter> colour;
  /// What somebody should know about how the file was understood, a sentence each.
  std::vector<std::string> notes;
};

/// Reads a picture of any Format: grey, RGB or CMYK, with or without alpha, which is divided out
/// where colours are multiplied by it; 8 or 16 bits (HEIF and AVIF: 8, 10 or 12), or floats in
/// TIFF. Palettes are expanded and fewer bits stretched. `what` names it in errors: "photo",
/// "mask". Throws Error if it is missing, no such picture, damaged, cut short, larger than memory,
/// an HDR picture, or one of several in its file, the others of which would be lost.
Picture read_picture(const std::filesystem::path& path, const std::string& what);

/// The bytes of a picture's file. Throws Error if it is missing, no file or larger than 1 GiB.
std::vector<std::uint8_t> read_picture_file(const std::filesystem::path& path,
                                            const std::string& what);

/// A picture has more pixels than its reader takes.
class TooManyPixels : public Error {
 public:
  using Error::Error;
};

/// The same from a file's bytes. `name` stands for the file in errors. Throws TooManyPixels, before
/// any is decoded, if there are more than `max_pixels`.
Picture read_picture(std::vector<std::uint8_t> file, const std::string& name,
                     const std::string& what,
                     std::size_t max_pixels = std::numeric_limits<std::size_t>::max());

/// What the head of a picture's file says: nothing is decoded.
struct PictureSize {
  int width = 0, height = 0;  ///< upright
  std::size_t bytes = 0;      ///< of the Image that read_picture() would make
};

/// Throws Error as read_picture() does, as far as the head tells.
PictureSize read_size(std::span<const std::uint8_t> file, const std::string& name,
                      const std::string& what);

/// What the picture's colour profile calls itself, such as "Display P3"; empty if it has none.
std::string colour_name(const Picture& picture);

/// Throws Error if `format` cannot hold `image`, made from `from`: its alpha, its CMYK, its size or
/// its grey profile. `name` stands for the file to be written, `source` for the one it comes from.
void require_holds(Format format, const Image& image, const Picture& from, const std::string& name,
                   const std::string& source = "the picture");

struct WriteOptions {
  /// For lossy files, 1 to 100. 0 means a JPEG source's own, else 95 for JPEG, 90 for WebP and 80
  /// for HEIF and AVIF, whose scales differ; and WebP that is lossless if the source is.
  int quality = 0;
  /// Where the image differs from the source's; null if anywhere.
  const Mask* replaced = nullptr;
  /// Told, a sentence each, what of the source was left out or made anew. May be empty.
  std::function<void(const std::string&)> note;
};

/// `image` as a file of `format`, with the metadata of `source`. Orientation becomes 1, because the
/// pixels are upright. Previews that would still show the old picture do not survive: the EXIF
/// thumbnail is made anew (in TIFF dropped); other thumbnails, previews in a maker note and gain
/// maps are dropped. Depths that the format lacks are rounded. `name` stands for the file in
/// errors. Throws Error as require_holds does, and if this machine's libraries lack the encoder.
std::vector<std::uint8_t> encode_picture(const Image& image, Format format, const Picture& source,
                                         const WriteOptions& options, const std::string& name);

/// The same into a file, in the format that `path` asks for, atomically (see base/file.h).
/// Throws Error if it cannot be written too.
void write_picture(const std::filesystem::path& path, const Image& image, const Picture& source,
                   const WriteOptions& options);

}  // namespace lama::codecs

// Picture files, with their metadata.
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

namespace lama::internal::codecs {

/// A file's metadata (EXIF, ICC, XMP, IPTC, resolution), for the output.
class Metadata;

struct Picture {
  Image image;  ///< upright: read_picture() applies the orientation
  Format format = Format::png;
  int quality = 0;        ///< of a JPEG, 1 to 100 on libjpeg's scale
  bool lossless = false;  ///< whether the file stored the samples exactly
  int orientation = 1;    ///< the EXIF orientation of the stored pixels
  std::shared_ptr<const std::vector<std::uint8_t>> file;  ///< the file's bytes
  std::shared_ptr<const Metadata> metadata;  ///< null if the picture was not read from a file
  /// Converts the picture's colours to sRGB; null if they are sRGB or unstated.
  std::shared_ptr<const ColourConverter> colour;
  /// Sentences about how lama understood the file.
  std::vector<std::string> notes;
};

/// Reads a picture of any Format: grey, RGB or CMYK, with or without alpha; 8 or 16 bits (HEIF and
/// AVIF: 8, 10 or 12), or floats in TIFF. It divides associated colours by alpha, expands palettes
/// and stretches fewer bits. `what` names the picture in errors: "photo", "mask". Throws Error if
/// the file is missing, not such a picture, damaged, cut short, too large for memory, an HDR
/// picture, or has several pictures, because the others would be lost.
Picture read_picture(const std::filesystem::path& path, const std::string& what);

/// The bytes of a picture's file. Throws Error if it is missing, not a file or larger than 1 GiB.
std::vector<std::uint8_t> read_picture_file(const std::filesystem::path& path,
                                            const std::string& what);

/// A picture exceeds its reader's limit of pixels.
class TooManyPixels : public Error {
 public:
  using Error::Error;
};

/// The same from a file's bytes. `name` is the file's name in errors. Throws TooManyPixels, before
/// it decodes any, if there are more than `max_pixels`.
Picture read_picture(std::vector<std::uint8_t> file, const std::string& name,
                     const std::string& what,
                     std::size_t max_pixels = std::numeric_limits<std::size_t>::max());

/// The part of a picture that a screen needs.
struct Needed {
  int longest = std::numeric_limits<int>::max();  ///< pixels of the longer side
  int rows = std::numeric_limits<int>::max();     ///< from the top
};

/// The same for the screen, faster and in less memory. A JPEG is decoded at a half, a quarter or an
/// eighth if its longer side keeps `longest` pixels. The image ends after `rows` rows, except for
/// formats and orientations whose rows do not come in order.
Picture read_needed(std::vector<std::uint8_t> file, const std::string& name,
                    const std::string& what, const Needed& needed, std::size_t max_pixels);

/// The head of a picture's file, without decoding.
struct PictureSize {
  int width = 0, height = 0;  ///< upright
  std::size_t bytes = 0;      ///< of the Image of read_picture()
};

/// Throws Error as read_picture() does, for errors in the head.
PictureSize read_size(std::span<const std::uint8_t> file, const std::string& name,
                      const std::string& what);

/// The picture of a mask, for a photo of size `photo`. Throws UnfitMask if its size differs, as
/// require_same_size() does, before it decodes the pixels, which may take long and much memory.
Image read_mask(std::vector<std::uint8_t> file, PixelSize photo, const PictureAndMask& names,
                const std::string& remedy = "their sizes must be equal");

/// The name of the picture's colour profile, such as "Display P3"; empty if it has none.
std::string colour_name(const Picture& picture);

/// Throws Error if `format` cannot hold `image`, made from `from`: its alpha, its CMYK, its size or
/// its grey profile. `name` is the output's name in errors, `source` the input's.
void require_holds(Format format, const Image& image, const Picture& from, const std::string& name,
                   const std::string& source = "the picture");

struct WriteOptions {
  /// For lossy files, 1 to 100. 0 stands for a JPEG source's own, else 95 for JPEG, 90 for WebP and
  /// 80 for HEIF and AVIF, whose scales differ; and for lossless WebP if the source is lossless.
  int quality = 0;
  /// The pixels where the image differs from the source; null if any may.
  const Mask* replaced = nullptr;
  /// Receives a sentence for each dropped or replaced part of the source. May be empty.
  std::function<void(const std::string&)> note;
};

/// Encodes `image` in `format`, with the metadata of `source`. Orientation becomes 1, because the
/// pixels are upright. Previews that would show the old picture go: the EXIF thumbnail is replaced
/// (in TIFF dropped); other thumbnails, previews in a maker note and gain maps are dropped. Depths
/// that the format lacks are rounded. `name` is the file's name in errors. Throws Error as
/// require_holds does, and if this machine's libraries lack the encoder.
std::vector<std::uint8_t> encode_picture(const Image& image, Format format, const Picture& source,
                                         const WriteOptions& options, const std::string& name);

/// The same into a file, in the format of `path`, atomically (see base/file.h). Also throws Error
/// if it cannot write.
void write_picture(const std::filesystem::path& path, const Image& image, const Picture& source,
                   const WriteOptions& options);

}  // namespace lama::internal::codecs

// Facts about picture files' containers that libvips does not report.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codecs/format.h"

namespace lama::internal::codecs {

/// The storage of a TIFF file's samples, in TIFF's own numbers; 0 if the file does not state it.
struct TiffForm {
  int compression = 0, predictor = 0;
  int tile_width = 0, tile_height = 0;  ///< 0 for strips
  bool associated_alpha = false;        ///< colours are multiplied by alpha
};

/// The refusal of all other samples.
inline constexpr const char* kSampleKinds =
    "its samples are neither 8- or 16-bit whole numbers nor 32-bit floats";

struct Container {
  bool lossless = false;  ///< the file stores the samples exactly
  bool adobe = false;     ///< a JPEG of Adobe's programs, which store ink inverted
  bool animated = false;  ///< frames follow each other in time
  int pages = 1;          ///< of a TIFF file, without reduced copies of pages
  int bits = 16;          ///< of JPEG 2000's samples
  TiffForm tiff;
};

Container read_container(std::span<const std::uint8_t> file, Format format);

/// Throws Error for a TIFF file of samples that libvips would call damaged or out of range: wide,
/// complex, or floats of other than 32 bits.
void require_tiff_samples(std::span<const std::uint8_t> file);

/// Marks a TIFF file's alpha as associated or not, and leaves the samples. Otherwise libvips would
/// divide or multiply by alpha, and truncate instead of rounding.
void set_associated_alpha(std::span<std::uint8_t> tiff, bool associated);

/// Names of embedded pictures that the output leaves out, because they would show the old picture:
/// thumbnails, gain maps, second pictures.
std::vector<std::string> embedded_pictures(std::span<const std::uint8_t> file, Format format);

}  // namespace lama::internal::codecs

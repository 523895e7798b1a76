// What the containers of picture files tell besides pixels and what libvips does not say of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codecs/format.h"
#include "image/image.h"

namespace lama::codecs {

/// How a TIFF file stores its samples, in TIFF's own numbers; 0 where it says nothing.
struct TiffForm {
  int compression = 0, predictor = 0;
  int tile_width = 0, tile_height = 0;  ///< 0 for strips
  bool associated_alpha = false;        ///< colours are multiplied by alpha
};

struct Container {
  bool lossless = false;  ///< the samples are stored exactly as they are
  bool adobe = false;     ///< a JPEG with the mark of Adobe's programs, which store ink inverted
  bool animated = false;  ///< frames follow each other in time
  int pages = 1;          ///< of a TIFF file, without reduced copies of other pages
  TiffForm tiff;
};

Container read_container(std::span<const std::uint8_t> file, Format format);

/// Makes a TIFF file call its alpha associated or not, without changing the samples: libvips would
/// divide by alpha, or multiply by it, and cut off what it should round.
void set_associated_alpha(std::span<std::uint8_t> tiff, bool associated);

/// Names of what is embedded in the file and is not written again, because it would show the old
/// picture: thumbnails, gain maps, second pictures.
std::vector<std::string> embedded_pictures(std::span<const std::uint8_t> file, Format format);

}  // namespace lama::codecs

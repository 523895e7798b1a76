// Conversion between a picture's colours and sRGB, the network's colours.
#pragma once

#include "image/image.h"

namespace lama::internal {

/// Converts between a picture's own colours (Display P3, linear light, CMYK, …) and sRGB. The
/// pixels may be any part of the picture. Thread-safety: const functions may run at the same
/// time.
class ColourConverter {
 public:
  virtual ~ColourConverter() = default;
  ColourConverter(const ColourConverter&) = delete;
  ColourConverter& operator=(const ColourConverter&) = delete;

  /// Converts `image` from the picture's colours to sRGB: ColourModel::rgb, no alpha, Depth::u16.
  virtual Image to_srgb(const Image& image) const = 0;
  /// Converts `srgb`, as from to_srgb(), to the picture's colour model, no alpha, Depth::u16.
  virtual Image from_srgb(const Image& srgb) const = 0;

 protected:
  ColourConverter() = default;
};

}  // namespace lama::internal

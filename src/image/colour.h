// Between the colours of a picture and those the network was trained on.
#pragma once

#include "image/image.h"

namespace lama {

/// Converts between a picture's own colours (Display P3, linear light, CMYK, …) and sRGB. The
/// pixels handed over may be any part of the picture.
/// Thread-safety: const functions may run at the same time.
class ColourConverter {
 public:
  virtual ~ColourConverter() = default;
  ColourConverter(const ColourConverter&) = delete;
  ColourConverter& operator=(const ColourConverter&) = delete;

  /// `image`, in the picture's colours, as sRGB: ColourModel::rgb, no alpha, Depth::u16.
  virtual Image to_srgb(const Image& image) const = 0;
  /// `srgb`, as to_srgb returns it, in the picture's colour model, no alpha, Depth::u16.
  virtual Image from_srgb(const Image& srgb) const = 0;

 protected:
  ColourConverter() = default;
};

}  // namespace lama

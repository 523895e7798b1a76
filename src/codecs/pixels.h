// Pixels between libvips's images and ours. For the .cpp files of this room.
#pragma once

#include "codecs/libvips.h"
#include "image/image.h"

namespace lama::codecs {

/// The form that an image read by libvips has here. Throws Error with the reason if it has none.
struct PixelForm {
  ColourModel model = ColourModel::rgb;
  bool alpha = false;
  Depth depth = Depth::u8;
};
PixelForm form_of(const vips::VImage& image);

/// Copies the pixels of `image`. `bits` are those that count of 16: fewer are stretched to the full
/// range, so that white is white.
Image copy_pixels(const vips::VImage& image, const PixelForm& form, int bits);

/// The pixels of `image` as a libvips image, which reads them in place.
vips::VImage wrap(const Image& image);

/// `image` at a lesser depth, rounded. Floats are cut off at 0 and 1.
Image narrowed(const Image& image, Depth depth);

/// 16-bit samples rounded to so many bits, which are left in the upper part: 8 to 16.
Image rounded_to(Image image, int bits);

}  // namespace lama::codecs

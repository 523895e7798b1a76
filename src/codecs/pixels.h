// Converts pixels between libvips's images and ours. For the .cpp files of this room.
#pragma once

#include "codecs/libvips.h"
#include "image/image.h"

namespace lama::internal::codecs {

/// Our form of an image that libvips read. Throws Error with the reason if there is none.
struct PixelForm {
  ColourModel model = ColourModel::rgb;
  bool alpha = false;
  Depth depth = Depth::u8;
};
PixelForm form_of(const vips::VImage& image);

/// Copies the pixels of `image`. `bits` is the number of significant upper bits of a
/// whole-number sample: fewer are stretched to the full range, so that white is white.
Image copy_pixels(const vips::VImage& image, const PixelForm& form, int bits);

/// Multiplies whole-number samples so that `most` becomes the depth's largest value.
void stretch(Image& image, int most);

/// The pixels of `image` as a libvips image, which reads them in place.
vips::VImage wrap(const Image& image);

/// `image` at a lower depth, rounded. Clamps floats to 0..1.
Image narrowed(const Image& image, Depth depth);

/// Rounds 16-bit samples to `bits` bits, 8 to 16, and keeps them in the upper part.
Image rounded_to(Image image, int bits);

}  // namespace lama::internal::codecs

// Colours that are multiplied by alpha, as some TIFF files have them.
#pragma once

#include "image/image.h"

namespace lama::codecs {

/// Divides the colours of an image with alpha by it. Where alpha is 0 they stay as they are.
void divide_by_alpha(Image& image);

/// The way back: gives the samples that divide_by_alpha was given, if none exceeded its alpha (of
/// floats, in rare cases but for the last bit).
void multiply_by_alpha(Image& image);

}  // namespace lama::codecs

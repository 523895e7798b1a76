// Colours that are multiplied by alpha, as in some TIFF files.
#pragma once

#include "image/image.h"

namespace lama::internal::codecs {

/// Divides the colours of an image by its alpha, except where alpha is 0.
void divide_by_alpha(Image& image);

/// The inverse: restores the samples before divide_by_alpha(), if none exceeded its alpha (rarely,
/// floats differ in the last bit).
void multiply_by_alpha(Image& image);

}  // namespace lama::internal::codecs

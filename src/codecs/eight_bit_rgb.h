#pragma once

#include "codecs/picture.h"
#include "image/image.h"

namespace lama::internal::codecs {

/// A picture in the form of training and evaluation sets: sRGB, 8 bits, without alpha.
Image eight_bit_rgb(const Picture& picture);

}  // namespace lama::internal::codecs

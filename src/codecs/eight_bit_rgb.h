#pragma once

#include "codecs/picture.h"
#include "image/image.h"

namespace lama::codecs {

/// A picture as training and evaluation sets have them: sRGB, 8 bits, without alpha.
Image eight_bit_rgb(const Picture& picture);

}  // namespace lama::codecs

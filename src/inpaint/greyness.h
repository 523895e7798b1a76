// Pictures without colour that are stored as RGB or CMYK.
#pragma once

#include "image/image.h"
#include "image/mask.h"

namespace lama::internal {

/// Whether the known pixels of a picture are grey: red, green and blue within 4/255 of each other,
/// or cyan, magenta and yellow within 4/255 of no ink, as after a JPEG's rounding, in all but a
/// thousandth of them (the edge of a coloured object to remove). Transparent pixels do not count. A
/// picture without known pixels is not grey, nor is one that stores grey alone.
bool known_is_grey(const Image& image, const Mask& missing);

}  // namespace lama::internal

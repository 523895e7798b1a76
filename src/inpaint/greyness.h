// Pictures without colour that are stored as RGB or CMYK.
#pragma once

#include "image/image.h"
#include "image/mask.h"

namespace lama::internal {

/// Whether a picture is grey where it is known: red, green and blue within 4/255 of each other, or
/// cyan, magenta and yellow within 4/255 of no ink, as after a JPEG's rounding, in all but a
/// thousandth of its pixels. Pixels within `reach` of a missing one are replaced too. The colours
/// of an object to remove may have spread over the 16 pixels beyond, where half may be coloured; if
/// more are, the hole lies in a coloured object. Transparent pixels do not count. A picture without
/// known pixels is not grey, nor is one that stores grey alone.
bool known_is_grey(const Image& image, const Mask& missing, int reach);

}  // namespace lama::internal

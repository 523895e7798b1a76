// Pictures without colour that are stored as RGB.
#pragma once

#include "image/image.h"
#include "image/mask.h"

namespace lama::internal {

/// Whether the known pixels of an RGB picture are grey: red, green and blue within 4/255 of each
/// other, as after a JPEG's rounding, in all but a thousandth of them (the edge of a coloured
/// object to remove). Transparent pixels do not count, and a picture without known pixels is not
/// grey.
bool known_is_grey(const Image& image, const Mask& missing);

}  // namespace lama::internal

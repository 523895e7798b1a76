// Pictures without colour that are stored as RGB.
#pragma once

#include "image/image.h"
#include "image/mask.h"

namespace lama {

/// Whether the known pixels of an RGB picture are grey: red, green and blue within 4/255 of each
/// other, as the rounding of a JPEG leaves them, in all but a thousandth of them (the edge of a
/// coloured object that goes). What transparent pixels hide has no say, and nothing known is no
/// grey.
bool known_is_grey(const Image& image, const Mask& missing);

}  // namespace lama

// Resized pictures, bit for bit equal to Pillow's, which made the published evaluation
// sets.
#pragma once

#include "image/image.h"

namespace lama::internal {

/// `image` (Depth::u8) at another size by Pillow's BICUBIC: Keys's kernel, a = -0.5, stretched over
/// all source pixels when it shrinks; rows first, rounded to 8 bits after each direction, weights
/// in fixed point with 22 bits.
Image resize_as_pillow(const Image& image, int width, int height);

}  // namespace lama::internal

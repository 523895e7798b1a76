// Pictures at other sizes, in floats.
#pragma once

#include "image/image.h"

namespace lama {

/// `image` (Depth::f32) at a size that is nowhere larger: every new pixel is the mean of the area
/// it covers, as OpenCV's INTER_AREA, which the published code scales pictures with. Where `image`
/// is not larger, pixels are kept (a side that does not shrink stays as it is).
Image shrink(const Image& image, int width, int height);

/// `image` (Depth::f32) at a size that is nowhere smaller, by cubic interpolation (Keys, a = -0.5),
/// as Pillow's BICUBIC: at the edge what would lie beyond is left out. May overshoot the input's
/// range.
Image enlarge(const Image& image, int width, int height);

}  // namespace lama

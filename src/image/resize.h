// Resized pictures, in floats.
#pragma once

#include <cstdint>
#include <vector>

#include "image/image.h"
#include "image/mask.h"

namespace lama::internal {

/// `image` (Depth::f32) at a size that is nowhere larger: every new pixel is the mean of its area,
/// as in OpenCV's INTER_AREA, which the published code uses. A side that does not shrink keeps its
/// pixels.
Image shrink(const Image& image, int width, int height);

/// The same for marks, one per pixel row by row: a new pixel is marked (1) if its area contains
/// any mark (not 0).
std::vector<std::uint8_t> shrink_marks(const std::vector<std::uint8_t>& marks, PixelSize from,
                                       PixelSize to);

/// `image` (Depth::f32) at a size that is nowhere smaller, by cubic interpolation (Keys, a = -0.5),
/// as Pillow's BICUBIC: at the edge it leaves out positions beyond. May overshoot the input's
/// range.
Image enlarge(const Image& image, int width, int height);

}  // namespace lama::internal

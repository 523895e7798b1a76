// Parts of pictures and masks.
#pragma once

#include <cstdint>
#include <vector>

#include "image/box.h"
#include "image/image.h"
#include "image/mask.h"
#include "image/planes.h"

namespace lama::internal {

/// The pixels of `box`, which must lie inside.
Image crop(const Image& image, const Box& box);
Mask crop(const Mask& mask, const Box& box);
Planes crop(const Planes& planes, const Box& box);

/// The smallest box around the pixels that are not 0 of a map of `width` columns, row by row. It is
/// empty if there is none.
Box bounds_of(const std::vector<std::uint8_t>& pixels, int width);
inline Box bounds_of(const Mask& mask) { return bounds_of(mask.missing, mask.width); }

}  // namespace lama::internal

// Parts of a picture that show its hole.
#pragma once

#include <vector>

#include "image/mask.h"
#include "image/planes.h"

namespace lama::internal::evaluation {

struct Corner {
  int left = 0, top = 0;
};

inline constexpr int kCropSide = 128;

/// Where squares of kCropSide pixels, 64 apart, show most of the hole: at most 16, those with more
/// of it first, and none without. Nothing if the picture is smaller than one.
std::vector<Corner> hole_crops(const Mask& hole);

Planes crop(const Planes& picture, Corner corner);

}  // namespace lama::internal::evaluation

// Parts of a picture that show its hole.
#pragma once

#include <vector>

#include "image/box.h"
#include "image/mask.h"

namespace lama::internal::evaluation {

inline constexpr int kCropSide = 128;

/// The squares of kCropSide pixels, 64 apart, that show most of the hole: at most 16, those with
/// more of it first, and none without. Nothing if the picture is smaller than one.
std::vector<Box> hole_crops(const Mask& hole);

}  // namespace lama::internal::evaluation

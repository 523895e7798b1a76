// The fine detail of a fill that was made at a smaller scale, from what surrounds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "image/image.h"

namespace lama::patches {

/// A picture is the sum of a low band, which is left of it at width x height pixels, and a high
/// band. To the pixels of `picture` (Depth::f32, red, green and blue in 0..1) at which `filled` is
/// not 0, which have a low band alone, the high band of that place is added whose low band looks
/// most like theirs, among places that are known (the residuals of Yi et al., "Contextual Residual
/// Aggregation for Ultra High-Resolution Image Inpainting", 2020, found by PatchMatch). Where
/// neighbours point at different places, these are mixed.
///
/// `hidden`: not 0 where a pixel is not known; what is filled is hidden too, but its low band
/// counts. The result has the same bits for every number of threads. Time grows with the number of
/// pixels; memory: detail_bytes(). Thread-safety: as the pool's.
void add_detail(Image& picture, const std::vector<std::uint8_t>& filled,
                const std::vector<std::uint8_t>& hidden, int width, int height, ThreadPool& pool);

/// Bytes that add_detail() takes at most for a picture of `pixels`, `small` in its low band.
std::size_t detail_bytes(std::size_t pixels, std::size_t small);

}  // namespace lama::patches

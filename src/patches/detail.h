// Adds fine detail from the surroundings to a fill at a smaller scale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "image/image.h"

namespace lama::internal::patches {

/// A picture is the sum of a low band, the part that remains at width x height pixels, and a high
/// band. The pixels of `picture` (Depth::f32, red, green and blue in 0..1) at which `filled` is not
/// 0 have a low band only. Each gets the high band of the known place with the most similar low
/// band (the residuals of Yi et al., "Contextual Residual Aggregation for Ultra High-Resolution
/// Image Inpainting", 2020, found by PatchMatch). Where neighbours have different places, the high
/// bands are mixed.
///
/// `hidden`: not 0 at unknown pixels, including filled ones, whose low band counts nevertheless.
/// The result has the same bits for every number of threads. Time grows with the number of pixels;
/// memory: detail_bytes(). Thread-safety: as the pool's.
void add_detail(Image& picture, const std::vector<std::uint8_t>& filled,
                const std::vector<std::uint8_t>& hidden, int width, int height, ThreadPool& pool);

/// The most bytes that add_detail() takes. `small`: the number of the low band's pixels.
std::size_t detail_bytes(std::size_t pixels, std::size_t small);

}  // namespace lama::internal::patches

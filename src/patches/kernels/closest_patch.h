// The innermost loop of a nearest-neighbour field: which of some patches is most like another.
#pragma once

#include <cstddef>

namespace lama::patches {

/// A patch in memory: `rows` rows of `samples` floats (pixels times channels), `stride` floats from
/// row to row.
struct PatchShape {
  std::size_t rows, samples, stride;
};

struct ClosestPatch {
  std::size_t candidate;  ///< `count` if none was closer than `bound`
  float distance;         ///< its sum of squared differences; `bound` if none was closer
};

/// The first of `count` candidates whose sum of squared differences from `target` is the smallest,
/// if that is smaller than `bound`. The patches are named by their first sample. Sixteen floats
/// behind each row must be readable; their values do not count.
ClosestPatch closest_patch(const float* target, const float* const* candidates, std::size_t count,
                           const PatchShape& shape, float bound);

}  // namespace lama::patches

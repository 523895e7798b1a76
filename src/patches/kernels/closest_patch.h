// The innermost loop of a nearest-neighbour field: finds the patch most similar to another.
#pragma once

#include <cstddef>

namespace lama::internal::patches {

/// A patch in memory: `rows` rows of `samples` floats (pixels times channels), `stride` floats from
/// row to row.
struct PatchShape {
  std::size_t rows, samples, stride;
};

struct ClosestPatch {
  std::size_t candidate;  ///< `count` if none was below `bound`
  float distance;         ///< its sum of squared differences; `bound` if none was below
};

/// The first of `count` candidates with the smallest sum of squared differences from `target`, if
/// that is below `bound`. Pointers are to the patches' first samples. Sixteen floats after each row
/// must be readable; their values do not count.
ClosestPatch closest_patch(const float* target, const float* const* candidates, std::size_t count,
                           const PatchShape& shape, float bound);

}  // namespace lama::internal::patches

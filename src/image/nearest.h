// The pixels that resizing to the nearest takes.
#pragma once

#include <cstdint>

namespace lama::internal {

/// The pixel of a line of `from` pixels that contains the middle of pixel `i` of a line of `to`
/// pixels, both of the same length in the picture.
inline int nearest(int i, int to, int from) {
  return static_cast<int>((2 * std::int64_t{i} + 1) * from / (2 * std::int64_t{to}));
}

}  // namespace lama::internal

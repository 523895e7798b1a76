#pragma once

#include <cstddef>

namespace lama::internal {

/// The pixel that pixel `i` of a padded line copies: of `size` pixels, mirrored with the edge, as
/// often as it takes.
inline std::size_t mirrored_index(std::size_t i, std::size_t size) {
  const std::size_t turn = i % (2 * size);
  return turn < size ? turn : 2 * size - 1 - turn;
}

}  // namespace lama::internal

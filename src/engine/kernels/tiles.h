// How rows are shared out among register tiles.
#pragma once

#include <cstddef>

namespace lama::internal::engine {

/// Tiles of at most `most` rows.
inline std::size_t tiles_of(std::size_t rows, std::size_t most) { return (rows + most - 1) / most; }

/// Calls function(first, count) for runs of `rows` rows, of about equal length, at most `most`:
/// none is much smaller than the registers hold.
template <typename Function>
void for_each_tile(std::size_t rows, std::size_t most, const Function& function) {
  const std::size_t tiles = tiles_of(rows, most);
  for (std::size_t t = 0; t < tiles; ++t) {
    const std::size_t first = t * rows / tiles;
    function(first, (t + 1) * rows / tiles - first);
  }
}

}  // namespace lama::internal::engine

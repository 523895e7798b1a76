// Where the pixels under a convolution's kernel are.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/convolution.h"

namespace lama::internal::engine {

inline constexpr std::ptrdiff_t kOutside = -1;

/// For each result position first .. first + count - 1 the input position it takes under an offset
/// of `delta`, or kOutside. Reflection mirrors without repeating the edge, as often as needed.
std::vector<std::ptrdiff_t> positions(std::size_t first, std::size_t count, std::size_t size,
                                      int stride, int delta, Border border);

/// A tap without its weights.
struct TapPosition {
  std::size_t input;
  int dy, dx;
};
std::vector<TapPosition> tap_positions(const std::vector<Tap>& taps);

/// The rows and columns that each tap reads for a part of the result.
struct GatheredPositions {
  GatheredPositions(const std::vector<TapPosition>& taps, const Window& window, int stride,
                    Border border);

  std::vector<std::vector<std::ptrdiff_t>> rows, columns;  ///< [tap][row or column of the part]
};

/// The pixel of a convolution's target that gets pixel (y, x) of picture n of the result.
inline std::size_t pixel_of(const Convolution::Target& target, std::size_t n, std::size_t y,
                            std::size_t x) {
  return (n * target.view.height + y * target.step + target.offset_y) * target.view.width +
         x * target.step + target.offset_x;
}

}  // namespace lama::internal::engine

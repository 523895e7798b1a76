// The holes of a mask: connected missing pixels, and their thickness.
#pragma once

#include <cstdint>
#include <vector>

#include "image/box.h"
#include "image/mask.h"

namespace lama::internal {

/// Pixels (begin .. end - 1, y).
struct Run {
  int y, begin, end;
  friend bool operator==(const Run&, const Run&) = default;
};

struct Hole {
  Box box;        ///< the smallest box around its pixels
  int thickness;  ///< the side of the largest square in it
};

struct Holes {
  std::vector<Hole> holes;  ///< in the order of their first pixels, row by row
  std::vector<Run> runs;    ///< the pixels of all holes, row by row
  std::vector<std::uint32_t> hole_of_run;
};

/// The connected parts (8 neighbours) of `missing`, grown by `reach` pixels to each side and
/// corner: every pixel within `reach` of a missing one belongs to exactly one. Time grows with the
/// number of pixels, memory with the number of runs.
Holes holes_of(const Mask& missing, int reach);

}  // namespace lama::internal

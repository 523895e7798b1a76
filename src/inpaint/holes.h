// The holes of a mask: which missing pixels belong together, and how thick they are.
#pragma once

#include <cstdint>
#include <vector>

#include "image/mask.h"
#include "inpaint/box.h"

namespace lama {

/// Pixels (begin .. end - 1, y).
struct Run {
  int y, begin, end;
  friend bool operator==(const Run&, const Run&) = default;
};

struct Hole {
  Box box;        ///< the smallest around its pixels
  int thickness;  ///< the side of the largest square that fits into it
};

struct Holes {
  std::vector<Hole> holes;  ///< in the order of their first pixels, row by row
  std::vector<Run> runs;    ///< the pixels of all holes, row by row
  std::vector<std::uint32_t> hole_of_run;
};

/// The connected parts (8 neighbours) of `missing`, grown by `reach` pixels to each side and
/// corner: whatever is replaced within `reach` of a missing pixel belongs to exactly one. Time
/// grows with the number of pixels, memory with that of the runs.
Holes holes_of(const Mask& missing, int reach);

}  // namespace lama

// Which parts of a picture the network sees, and at which scale.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "image/mask.h"
#include "inpaint/box.h"
#include "inpaint/holes.h"

namespace lama {

/// How a picture reaches the network. Measurements behind the rules: docs/strategy.md.
enum class Strategy {
  automatic,  ///< full for small pictures, crop for others
  full,       ///< the whole picture as it is: exact
  crop,       ///< around each group of holes, scaled down if that is still too large
  resize,     ///< the whole picture, scaled down if it is too large
};

/// One run of the network.
struct Part {
  std::vector<Run> filled;  ///< what is filled, row by row; no pixel is in two parts
  Box hole;                 ///< the smallest box around that
  Box seen;                 ///< hole and context
  int width, height;        ///< of `seen` as the network sees it: at most its own
  bool scaled() const { return width != seen.width || height != seen.height; }
};

struct Plan {
  std::vector<Part> parts;
  std::string reason;  ///< what was decided and why, one sentence
};

struct PlanLimits {
  /// Bytes that a run over a part of this kind takes.
  std::function<std::size_t(const Part&)> bytes;
  std::size_t memory;  ///< bytes that may be taken
};

/// `missing` may not be empty; every replaced pixel lies within `reach` of a missing one. At which
/// scale a hole is seen depends on that hole alone and on the memory, never on other holes.
/// Throws Error if the strategy does not fit into the memory.
Plan make_plan(const Mask& missing, int reach, Strategy strategy, int size_multiple,
               const PlanLimits& limits);

}  // namespace lama

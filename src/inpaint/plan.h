// Which parts of a picture the network sees, and at which scale.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "image/mask.h"

namespace lama {

/// How a picture reaches the network. Measurements behind the rules: docs/strategy.md.
enum class Strategy {
  automatic,  ///< full for small pictures, crop for others
  full,       ///< the whole picture as it is: exact
  crop,       ///< around each group of holes, scaled down if that is still too large
  resize,     ///< the whole picture, scaled down if it is too large
};

/// Pixels from (x, y) up to but without (x + width, y + height).
struct Box {
  int x = 0, y = 0, width = 0, height = 0;

  int right() const { return x + width; }
  int bottom() const { return y + height; }
  std::size_t pixels() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  friend bool operator==(const Box&, const Box&) = default;
};

/// One run of the network.
struct Part {
  Box hole;           ///< what is filled; the parts' holes do not overlap
  Box seen;           ///< hole and context
  int width, height;  ///< of `seen` as the network sees it: at most its own
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

/// `missing` may not be empty; every replaced pixel lies within `reach` of a missing one.
/// Throws Error if the strategy does not fit into the memory.
Plan make_plan(const Mask& missing, int reach, Strategy strategy, int size_multiple,
               const PlanLimits& limits);

}  // namespace lama

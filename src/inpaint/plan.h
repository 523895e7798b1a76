// Chooses the parts of a picture that the network sees, and their scale.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "image/box.h"
#include "image/mask.h"
#include "inpaint/holes.h"

namespace lama::internal {

/// The choice of the network's view. Measurements behind the rules: docs/fill-notes.md.
enum class Strategy {
  automatic,  ///< full for small pictures, crop for others
  full,       ///< the whole picture at full size: exact
  crop,       ///< around each group of holes, scaled down if still too large
  resize,     ///< the whole picture, scaled down if it is too large
};

/// One run of the network.
struct Part {
  std::vector<Run> filled;  ///< pixels to fill, row by row; no pixel is in two parts
  Box hole;                 ///< the smallest box around them
  Box seen;                 ///< hole and context
  int width, height;        ///< size of `seen` in the network's view: at most its own
  PixelSize size() const { return {width, height}; }
  PixelSize seen_size() const { return {seen.width, seen.height}; }
  bool scaled() const { return size() != seen_size(); }
};

struct Plan {
  std::vector<Part> parts;
  std::string reason;  ///< the decision and its reason, one sentence
};

struct PlanLimits {
  /// Bytes that a run over this part takes.
  std::function<std::size_t(const Part&)> bytes;
  std::size_t memory;   ///< available bytes
  bool chosen = false;  ///< the user set them: errors name the limit
};

/// `missing` must not be empty; every replaced pixel lies within `reach` of a missing one. The
/// scale of a hole depends on that hole, the memory and, if there is very little of it, on the
/// holes within 128 pixels; never on other holes. Throws Error if the strategy does not fit into
/// the memory.
Plan make_plan(const Mask& missing, int reach, Strategy strategy, int size_multiple,
               const PlanLimits& limits);

}  // namespace lama::internal

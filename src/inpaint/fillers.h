// Which holes the network fills, and which are filled with copies of the surroundings.
#pragma once

#include <vector>

#include "image/mask.h"
#include "inpaint/plan.h"

namespace lama::internal {

enum class Filler { network, copies };

struct FilledPart {
  Part part;
  Filler filler;
  int thickest = 0;  ///< of its holes, less their growth, in pixels; 0 if there was no limit
};

/// Divides each part so that copies fill holes that are thicker than `thickest` pixels after they
/// grow by `reach`, and the network fills all others. The copies come first, because the network
/// sees them. Holes that touch after they grow are one. Time grows with the number of pixels.
std::vector<FilledPart> assign_fillers(std::vector<Part> parts, const Mask& mask, int reach,
                                       int thickest);

}  // namespace lama::internal

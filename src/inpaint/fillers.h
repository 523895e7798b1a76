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
  int thickest = 0;  ///< of its holes, in pixels of the mask; 0 if there was no limit
};

/// Divides each part so that copies fill holes thicker than `thickest` pixels of the mask and the
/// network fills all others. The copies come first, because the network sees them. Pixels that are
/// replaced lie within `reach` of missing ones; holes that touch after they grow by `reach` are
/// one, as thick as what they become less the growth. Time grows with the number of pixels.
std::vector<FilledPart> assign_fillers(std::vector<Part> parts, const Mask& mask, int reach,
                                       int thickest);

}  // namespace lama::internal

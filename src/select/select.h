// Finds the object that a box or a scribble marks, as a mask.
#pragma once

#include "base/error.h"
#include "image/box.h"
#include "image/image.h"
#include "image/mask.h"

namespace lama::internal::select {

/// Nothing in a box stands out from its surroundings, or a scribble marks nothing.
class NothingFound : public Error {
 public:
  using Error::Error;
};

// Both functions find the object at a small scale by GrabCut (Rother, Kolmogorov and Blake,
// "GrabCut: interactive foreground extraction using iterated graph cuts", 2004), then move its
// outline to the edges of the full picture, and grow it by the width of its own soft edge: two
// pixels or more. They accept any Image, compare its unconverted colours, and ignore its alpha.
// Equal inputs give equal masks. Time: about a tenth of a second, and a twentieth for every
// megapixel of the object and its surroundings. Memory: about three bytes for each of those pixels.
// Both throw OutOfMemory. Thread-safety: may run at the same time.

/// The object inside of `box`. Pixels outside are not part of it. Throws Error if the box does not
/// lie in the picture, NothingFound.
Mask select_in_box(const Image& image, const Box& box);

/// The object that `scribble`, a mask of the picture's size, partly marks: a click, a stroke or a
/// rough fill. Throws UnfitMask if the sizes differ, NothingFound.
Mask select_by_scribble(const Image& image, const Mask& scribble);

}  // namespace lama::internal::select

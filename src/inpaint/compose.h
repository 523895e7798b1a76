// A fill's way back into the picture.
#pragma once

#include <vector>

#include "image/colour.h"
#include "image/image.h"
#include "image/mask.h"
#include "inpaint/inpaint.h"
#include "inpaint/plan.h"

namespace lama::internal {

/// Turns `rgb`, sRGB from 0 to 1, into the colours of the picture. With `colour` 16 bits deep.
Image picture_colours(Image rgb, const ColourConverter* colour);

/// Turns `rgb`, as above, into black ink alone, of the same luma: what prints a grey part of a CMYK
/// picture. 16 bits deep.
Image black_ink(const Image& rgb, const ColourConverter& colour);

/// Pastes `colours`, which show part.seen, into `image` where `cover` of that is above 0, and marks
/// those pixels in `replaced`. If `grey`, pastes the luma of red, green and blue alone.
void compose(Image& image, Mask& replaced, const Part& part, const std::vector<float>& cover,
             const Image& colours, bool grey, const InpaintOptions& options);

}  // namespace lama::internal

// The view of a picture that a network or copies fill.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/image.h"
#include "image/mask.h"
#include "inpaint/inpaint.h"
#include "inpaint/plan.h"

namespace lama::internal {

struct Seen {
  Image rgb;                          ///< sRGB from 0 to 1, Depth::f32
  std::vector<float> cover;           ///< the share of each pixel that is replaced
  std::vector<std::uint8_t> missing;  ///< not 0: a pixel that must not be looked at
};

/// Bytes for one pixel of what a part sees, beside what fills it: samples, colours, distances and
/// masks.
constexpr std::size_t kSeenBytesPerPixel = 48;

/// The view of `part` in `image`. Pixels that earlier parts replaced entirely (`replaced`) are
/// shown as they are now, so that the tiles of one hole continue each other.
Seen look(const Image& image, const Mask& mask, const Mask& replaced, const Part& part,
          const InpaintOptions& options);

/// Whether the fill replaces a pixel of `part` at all: the rectangle of a grown hole may reach
/// further than the hole.
bool replaces_any(const Part& part, const Seen& seen);

/// Makes `rgb` and `missing` smaller. A pixel of the smaller size is missing if any pixel that it
/// is made from is missing.
void shrink_view(Image& rgb, std::vector<std::uint8_t>& missing, PixelSize size);

}  // namespace lama::internal

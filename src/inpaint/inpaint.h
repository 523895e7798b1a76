// The inpainting procedure: image and mask in, image out. This room alone pads, composes the
// network's input, and pastes its answer into the hole.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "image/colour.h"
#include "image/image.h"
#include "image/mask.h"
#include "inpaint/backend.h"
#include "inpaint/match.h"
#include "inpaint/plan.h"

namespace lama::internal {

/// Fine detail from the surroundings (patches/detail.h).
enum class Detail {
  automatic,  ///< for holes that the network sees scaled down
  off,        ///< for no hole
  on,         ///< for every fill of a network
};

struct InpaintOptions {
  /// Grows the hole by this many pixels, to include parts of an object that the mask missed. The
  /// front doors' defaults and all ranges: option_table.h.
  int dilate = 0;
  /// Width in pixels of a soft edge. The hole grows by it first, and only the grown part is
  /// blended: the mask's own pixels are always replaced entirely.
  int feather = 0;
  Strategy strategy = Strategy::automatic;
  Matching match = Matching::automatic;
  Detail detail = Detail::automatic;
  /// Bytes to use beside the picture and the model; 0: the machine's free memory.
  std::size_t memory_limit = 0;
  /// Make replaced pixels opaque. Otherwise alpha does not change.
  bool opaque = false;
  /// As in the published predict.py: the network sees the whole picture at once, including
  /// transparent pixels; its answer is not matched and gets no detail; values are truncated to
  /// integers instead of rounded.
  bool published = false;
  /// Converts the picture's colours to sRGB; null if they are sRGB.
  const ColourConverter* colour = nullptr;
};

/// How much a call computes and holds.
struct FillCost {
  std::size_t bytes = 0;  ///< beside the picture and the model, as memory_limit counts
  /// The pixels that the network sees, and that copies of the surroundings fill, in their views.
  double network_pixels = 0, copied_pixels = 0;
};

struct Inpainted {
  Image image;
  Mask replaced;  ///< entirely or partly replaced pixels
  /// Decisions and their reasons, a sentence each.
  std::vector<std::string> notes;
  /// A hole was filled with copies although it is thicker than a third of what copies could be
  /// taken from: a good network does better (docs/strategy.md).
  bool too_large_for_copies = false;
  double prepare_seconds = 0, network_seconds = 0, copy_seconds = 0, detail_seconds = 0,
         compose_seconds = 0;
  FillCost cost;
};

/// Fills the missing pixels of `image`. Every other sample keeps its bits. The network sees grey
/// pictures as RGB; they stay grey, also if stored as RGB. 16-bit and float pictures keep their
/// depth. Known pixels that are entirely transparent have no visible colour: the network does not
/// see them, and they do not change.
///
/// The network's input is extended to the right and bottom to an accepted size by mirroring, with
/// edge pixels repeated, as published. With an empty mask the network does not run.
///
/// Throws Error if the sizes differ, an option is out of range, the memory does not suffice or a
/// CMYK picture comes without `colour`. Passes on exceptions of `observer` (Cancelled, to stop
/// early). The observer's `done` runs once from 0 to 1, over all parts. Thread-safety: as the
/// network's.
Inpainted inpaint(const Backend& network, Image image, const Mask& mask,
                  const InpaintOptions& options = {}, const engine::Observer& observer = nullptr);

/// The cost of inpaint() with these arguments, in a picture of the mask's size. Throws Error as
/// that does.
FillCost cost_of(const Backend& network, const Mask& mask, const InpaintOptions& options);

/// The most bytes, beside the picture and the model, that filling a picture of this size takes. If
/// they are available, the memory does not influence the fill.
std::size_t most_bytes(const Backend& network, int width, int height);

}  // namespace lama::internal

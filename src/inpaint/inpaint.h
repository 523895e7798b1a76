// The procedure: image and mask in, image out. What surrounds the network lives here and nowhere
// else: padding, composing its input, and pasting its answer into the hole.
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

namespace lama {

/// Fine detail from the surroundings (patches/detail.h).
enum class Detail {
  automatic,  ///< for holes that are seen smaller than they are
  off,        ///< for none
  on,         ///< for whatever a network fills, too
};

struct InpaintOptions {
  /// Pixels to grow the hole by, so that what the mask missed of an object goes too. The front
  /// doors' defaults and all ranges: option_table.h.
  int dilate = 0;
  /// Width in pixels of a soft edge. The hole is grown by it first and the blend runs over the
  /// grown part alone: what the mask marks is always replaced entirely.
  int feather = 0;
  Strategy strategy = Strategy::automatic;
  Matching match = Matching::automatic;
  Detail detail = Detail::automatic;
  /// Bytes that may be taken beside the picture and the model; 0 for what the machine has free.
  std::size_t memory_limit = 0;
  /// Make what is replaced opaque. Otherwise alpha stays as it is everywhere.
  bool opaque = false;
  /// As the published predict.py: the whole picture at once; the network sees what transparent
  /// pixels hide; its answer is not matched and gets no detail; and its values become integers by
  /// truncation instead of rounding.
  bool published = false;
  /// How the picture's colours become sRGB; null if they are sRGB.
  const ColourConverter* colour = nullptr;
};

struct Inpainted {
  Image image;
  Mask replaced;  ///< pixels that were replaced, whole or in part
  /// What was decided and why, a sentence each.
  std::vector<std::string> notes;
  double prepare_seconds = 0, network_seconds = 0, compose_seconds = 0;
};

/// Fills the missing pixels of `image`. Every other sample is returned as it was, bit for bit. Grey
/// pictures are shown to the network as RGB and stay grey, also those that are stored as RGB;
/// 16-bit and float pictures are filled in their own depth. Known pixels that are entirely
/// transparent hold no picture: the network is not shown what they hide, and they are not changed.
///
/// What the network sees is extended to the right and bottom to a size it accepts by mirroring it,
/// edge pixels repeated, as published. With an empty mask the network does not run.
///
/// Throws Error if the sizes differ, an option is out of range, the memory does not suffice or a
/// CMYK picture comes without `colour`; and whatever `observer` throws (Cancelled, to stop early).
/// The observer's `done` runs once from 0 to 1, over however many parts.
/// Thread-safety: as the network's.
Inpainted inpaint(const Backend& network, Image image, const Mask& mask,
                  const InpaintOptions& options = {}, const engine::Observer& observer = nullptr);

/// Bytes beside the picture and the model that filling a picture of this size takes at most. Where
/// they may be taken, the memory has no say in what the network sees.
std::size_t most_bytes(const Backend& network, int width, int height);

}  // namespace lama

// The options of a fill, with the names of all front doors (option_table.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "image/mask.h"
#include "inpaint/inpaint.h"
#include "inpaint/plan.h"

namespace lama::internal {

struct FillOptions {
  /// Pixels. Absent: 5 and 3, because drawn masks miss the object's edge and its shadow; 0 with
  /// `published`, which reproduces the published result, and with `fill_transparent`, because a
  /// transparent part is exact.
  std::optional<int> dilate, feather;
  double mask_threshold = MaskOptions().threshold;
  bool invert_mask = false;
  MaskChannel mask_channel = MaskChannel::automatic;
  bool resize_mask = false;       ///< resize a mask of another size to the picture
  bool fill_transparent = false;  ///< the hole is the picture's transparent part; no mask
  Strategy strategy = Strategy::automatic;
  Detail detail = Detail::automatic;
  Matching match = Matching::automatic;
  std::size_t memory_limit = 0;  ///< bytes beside the picture and the model; 0: the free memory
  std::optional<int> quality;    ///< of a lossy file; absent: the source's
  bool published = false;        ///< reproduce the published predict.py
};

inline constexpr int kDefaultDilate = 5, kDefaultFeather = 3;

/// The procedure's options, with all defaults resolved.
InpaintOptions inpaint_options(const FillOptions& options);

/// The rule by which a mask's picture becomes a hole, unless `published`.
MaskOptions mask_options(const FillOptions& options);

/// The hole in a mask's picture. `name` is the mask's name in errors. Throws UnfitMask.
Mask missing_from(const Image& mask, const FillOptions& options,
                  const std::string& name = "the mask");

}  // namespace lama::internal

// What a fill can be asked for, in the words of all front doors (option_table.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "image/mask.h"
#include "inpaint/inpaint.h"
#include "inpaint/plan.h"

namespace lama {

struct FillOptions {
  /// Pixels. Absent: 5 and 3, because drawn masks miss the object's edge and its shadow; 0 with
  /// `published`, which must give the published result, and with `fill_transparent`, because a
  /// transparent part is exact.
  std::optional<int> dilate, feather;
  double mask_threshold = MaskOptions().threshold;
  bool invert_mask = false;
  MaskChannel mask_channel = MaskChannel::automatic;
  bool resize_mask = false;       ///< a mask of another size is fitted to the picture
  bool fill_transparent = false;  ///< the hole is the picture's own transparent part; no mask
  Strategy strategy = Strategy::automatic;
  Detail detail = Detail::automatic;
  Matching match = Matching::automatic;
  std::size_t memory_limit = 0;  ///< bytes beside the picture and the model; 0: what is free
  std::optional<int> quality;    ///< of a lossy file; absent: the source's
  bool published = false;        ///< what the published predict.py gives
};

inline constexpr int kDefaultDilate = 5, kDefaultFeather = 3;

/// The procedure's options, with all defaults filled in.
InpaintOptions inpaint_options(const FillOptions& options);

/// The hole that a mask's picture marks. `name` stands for the mask in errors. Throws UnfitMask.
Mask missing_from(const Image& mask, const FillOptions& options,
                  const std::string& name = "the mask");

}  // namespace lama

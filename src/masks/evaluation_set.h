// Crops of a photograph with masks, as the published bin/gen_mask_dataset.py makes them.
#pragma once

#include <vector>

#include "image/image.h"
#include "image/mask.h"
#include "masks/label_map.h"
#include "masks/mask_generator.h"

namespace lama::masks {

/// Names and defaults are the published ones.
struct SetOptions {
  int variants_n = 2;  ///< masks to choose from
  int max_masks_per_image = 1;
  double max_tamper_area = 1;  ///< share of the crop that may be missing
  int out_min_size = 256;      ///< the smaller side of the picture is scaled to this
  bool drop_small = false;     ///< leave out pictures whose smaller side is less
  bool out_square_crop = false;
  /// Share of the hole's extent by which a square crop and it overlap along the longer side.
  double crop_min_overlap = 0.5;
};

struct Pair {
  Image picture;  ///< 8-bit RGB
  Mask mask;
};

/// Crops of `picture` (8-bit RGB) with masks, at most max_masks_per_image, drawn with
/// `random` in the published order. None if no candidate suits, or the picture is dropped for
/// its size. `labels` (may be null) are the picture's objects, at its size. Throws Error, before
/// it takes memory, if the scaled picture would have more than 2^28 pixels.
/// Unlike the published code, a candidate without a hole is left out; there it costs the whole
/// picture, or, if it is the crop that misses the hole, stays in the set.
std::vector<Pair> make_pairs(const Image& picture, const LabelMap* labels,
                             const MaskGenerator& generator, const SetOptions& options,
                             Random& random);

}  // namespace lama::masks

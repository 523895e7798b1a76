// Crops of a photograph with masks, as in the published bin/gen_mask_dataset.py.
#pragma once

#include <vector>

#include "image/image.h"
#include "image/mask.h"
#include "masks/label_map.h"
#include "masks/mask_generator.h"

namespace lama::internal::masks {

/// Names and defaults are the published ones.
struct SetOptions {
  int variants_n = 2;  ///< candidates to choose from
  int max_masks_per_image = 1;
  double max_tamper_area = 1;  ///< largest missing share of the crop
  int out_min_size = 256;      ///< size of the scaled picture's smaller side
  bool drop_small = false;     ///< leave out pictures with a smaller side below it
  bool out_square_crop = false;
  /// The crop must contain this share of the hole's extent along the longer side.
  double crop_min_overlap = 0.5;
};

struct Pair {
  Image picture;  ///< 8-bit RGB
  Mask mask;
};

/// Crops of `picture` (8-bit RGB) with masks, at most max_masks_per_image, drawn with `random` in
/// the published order. None if no candidate suits, or if drop_small drops the picture. `labels`
/// (may be null) are the picture's objects, at its size. Throws Error, before it allocates, if the
/// scaled picture would have more than 2^28 pixels. Unlike the published code, it leaves out a
/// candidate without a hole; there such a candidate costs the whole picture, or, if the crop misses
/// the hole, stays in the set.
std::vector<Pair> make_pairs(const Image& picture, const LabelMap* labels,
                             const MaskGenerator& generator, const SetOptions& options,
                             Random& random);

}  // namespace lama::internal::masks

// Rectangles, the paper's "box" masks.
#pragma once

#include <optional>

#include "masks/mask_generator.h"
#include "masks/ramp.h"

namespace lama::internal::masks {

/// In pixels. Names and defaults are the published ones.
struct BoxOptions {
  int margin = 10;  ///< between a box and the picture's edge
  int bbox_min_size = 30, bbox_max_size = 100;
  int min_times = 0, max_times = 3;
  std::optional<Ramp> ramp;  ///< of bbox_max_size and max_times
};

/// make() throws Error if a box of bbox_min_size and its margins do not fit into the picture.
class BoxMasks : public MaskGenerator {
 public:
  explicit BoxMasks(const BoxOptions& options) : options_(options) {}
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  BoxOptions options_;
};

}  // namespace lama::internal::masks

// The shapes of a picture's own objects, scaled, mirrored and moved to places where they hide
// little of other objects: the paper's segmentation masks (appendix).
#pragma once

#include <vector>

#include "masks/mask_generator.h"

namespace lama::internal::masks {

/// Names and defaults are the published ones. Areas are shares of the picture, or of the object
/// where a comment says so.
struct SegmentationOptions {
  /// Hidden objects: only the moved one, or all of them.
  enum class Rigidness { soft, rigid };
  Rigidness rigidness_mode = Rigidness::rigid;
  double max_object_area = 0.3;  ///< larger objects are not moved
  double min_mask_area = 0.02;   ///< smaller masks are left out
  /// The search for places uses a map of 2^this columns. 1 to 10.
  int downsample_levels = 6;
  int num_variants_per_mask = 4;  ///< masks from one object, at most
  /// Largest overlap with the object and with its earlier masks, as a share of the mask.
  double max_mask_intersection = 0.5;
  double max_foreground_coverage = 0.5;      ///< share of an object that a mask may hide
  double max_foreground_intersection = 0.5;  ///< share of a mask that may lie on an object
  double max_hidden_area = 0.2;              ///< share of a mask that may leave the picture
  double max_scale_change = 0.25;            ///< 0 up to but without 1
  bool horizontal_flip = true;
  double max_vertical_shift = 0.1;  ///< share of the height
  bool position_shuffle = true;     ///< places in random order, else from the left
};

/// Needs MaskRequest::labels, which replace the published code's panoptic network: every label but
/// 0 is a thing. make() and make_many() throw Error without labels, with more than 1000, or if the
/// picture is smaller than the map.
class SegmentationMasks : public MaskGenerator {
 public:
  explicit SegmentationMasks(const SegmentationOptions& options) : options_(options) {}

  bool needs_labels() const override { return true; }
  /// One of make_many()'s masks, with equal probabilities. Throws Error if there is none.
  Mask make(const MaskRequest& request, Random& random) const override;
  /// All masks of all objects; ignores `variants_n`.
  std::vector<Mask> make_many(const MaskRequest& request, int variants_n,
                              Random& random) const override;

 private:
  SegmentationOptions options_;
};

}  // namespace lama::internal::masks

// Brush strokes, the "narrow", "medium" and "wide" masks of the paper (3.3 and appendix).
#pragma once

#include <optional>

#include "masks/mask_generator.h"
#include "masks/ramp.h"

namespace lama::masks {

enum class DrawMethod { line, circle, square };

/// Lengths and widths in pixels. Names and defaults are the published ones.
struct IrregularOptions {
  int max_angle = 4;   ///< angles are 0.01, 1.01, ... below this, in radians
  int max_len = 60;    ///< a segment has 10 pixels, and up to this many less one more
  int max_width = 20;  ///< a brush has 5 pixels, and up to this many less one more
  int min_times = 0;
  /// Strokes, but the published code draws one more than this at most.
  int max_times = 10;
  DrawMethod draw_method = DrawMethod::line;
  std::optional<Ramp> ramp;  ///< of max_len, max_width and max_times
};

class IrregularMasks : public MaskGenerator {
 public:
  explicit IrregularMasks(const IrregularOptions& options) : options_(options) {}
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  IrregularOptions options_;
};

}  // namespace lama::masks

// Brush strokes, the paper's "narrow", "medium" and "wide" masks (3.3 and appendix).
#pragma once

#include <optional>

#include "masks/mask_generator.h"
#include "masks/ramp.h"

namespace lama::internal::masks {

enum class DrawMethod { line, circle, square };

/// Lengths and widths in pixels. Names and defaults are the published ones.
struct IrregularOptions {
  int max_angle = 4;   ///< angles are 0.01, 1.01, ... below this, in radians
  int max_len = 60;    ///< a segment's length is 10 to 9 + max_len pixels
  int max_width = 20;  ///< a brush's width is 5 to 4 + max_width pixels
  int min_times = 0;
  /// Strokes; the published code draws at most one more.
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

}  // namespace lama::internal::masks

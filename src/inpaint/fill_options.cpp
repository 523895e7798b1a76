#include "inpaint/fill_options.h"

namespace lama::internal {

InpaintOptions inpaint_options(const FillOptions& options) {
  const bool exact_hole = options.published || options.fill_transparent;
  return {.dilate = options.dilate.value_or(exact_hole ? 0 : kDefaultDilate),
          .feather = options.feather.value_or(exact_hole ? 0 : kDefaultFeather),
          .strategy = options.strategy,
          .match = options.match,
          .detail = options.detail,
          .memory_limit = options.memory_limit,
          .opaque = options.fill_transparent,
          .published = options.published};
}

MaskOptions mask_options(const FillOptions& options) {
  return {.threshold = options.mask_threshold,
          .invert = options.invert_mask,
          .channel = options.mask_channel};
}

Mask missing_from(const Image& mask, const FillOptions& options, const std::string& name) {
  if (options.published) return published_mask_from(mask);
  return mask_from(mask, mask_options(options), name);
}

}  // namespace lama::internal

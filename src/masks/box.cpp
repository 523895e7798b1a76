#include "masks/box.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace lama::internal::masks {

Mask BoxMasks::make(const MaskRequest& request, Random& random) const {
  Mask mask = known_everywhere(request);
  NumpyRandom& draw = random.numpy;
  const double factor = ramp_factor(options_.ramp, request.iteration);
  const std::int64_t min = options_.bbox_min_size, margin = options_.margin;
  const auto wanted = static_cast<std::int64_t>(
      options_.bbox_min_size + 1 + (options_.bbox_max_size - options_.bbox_min_size) * factor);
  const std::int64_t max = std::min(
      {wanted, std::int64_t{mask.width} - 2 * margin, std::int64_t{mask.height} - 2 * margin});
  const auto max_times = static_cast<std::int64_t>(
      options_.min_times + (options_.max_times - options_.min_times) * factor);
  const std::int64_t times = draw.randint(options_.min_times, max_times + 1);
  if (times > 0 && max <= min) {
    throw Error(
        fmt::format("{} x {} pixels are too few for boxes of bbox_min_size {} with a margin of {}",
                    mask.width, mask.height, min, margin));
  }
  for (std::int64_t i = 0; i < times; ++i) {
    const std::int64_t width = draw.randint(min, max);
    const std::int64_t height = draw.randint(min, max);
    const std::int64_t x = draw.randint(margin, mask.width - margin - width + 1);
    const std::int64_t y = draw.randint(margin, mask.height - margin - height + 1);
    set_slice(mask, y, y + height, x, x + width);
  }
  return mask;
}

}  // namespace lama::internal::masks

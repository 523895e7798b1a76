#include "inpaint/copy_fill.h"

#include <algorithm>

#include "image/resize.h"
#include "patches/complete.h"

namespace lama::internal {

Image fill_by_copying(const Seen& seen, PixelSize size, ThreadPool& pool,
                      const patches::Observer& observer) {
  Image rgb = seen.rgb;
  std::vector<std::uint8_t> missing = seen.missing;
  shrink_view(rgb, missing, size);
  const std::vector<float> filled =
      patches::complete({rgb.samples<float>(), static_cast<std::size_t>(size.height),
                         static_cast<std::size_t>(size.width), 3},
                        missing.data(), {}, pool, observer);
  std::copy(filled.begin(), filled.end(), rgb.samples<float>());
  if (rgb.width() == seen.rgb.width() && rgb.height() == seen.rgb.height()) return rgb;
  return enlarge(rgb, seen.rgb.width(), seen.rgb.height());
}

}  // namespace lama::internal

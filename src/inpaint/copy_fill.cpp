#include "inpaint/copy_fill.h"

#include <algorithm>

#include "image/resize.h"
#include "patches/complete.h"

namespace lama::internal {

Size copying_size(const Part& part, std::size_t memory) {
  Size size{part.seen.width, part.seen.height};
  const auto bytes = [&] {
    return patches::complete_bytes(static_cast<std::size_t>(size.height),
                                   static_cast<std::size_t>(size.width)) +
           part.seen.pixels() * kSeenBytesPerPixel;
  };
  while (bytes() > memory && std::max(size.width, size.height) > 1) {
    size.width = std::max(1, size.width * 7 / 8);
    size.height = std::max(1, size.height * 7 / 8);
  }
  return size;
}

Image fill_by_copying(const Seen& seen, Size size, ThreadPool& pool,
                      const patches::Observer& observer) {
  Image rgb = seen.rgb;
  std::vector<std::uint8_t> missing = seen.missing;
  shrink(rgb, missing, size.width, size.height);
  const std::vector<float> filled =
      patches::complete({rgb.samples<float>(), static_cast<std::size_t>(size.height),
                         static_cast<std::size_t>(size.width), 3},
                        missing.data(), {}, pool, observer);
  std::copy(filled.begin(), filled.end(), rgb.samples<float>());
  if (rgb.width() == seen.rgb.width() && rgb.height() == seen.rgb.height()) return rgb;
  return enlarge(rgb, seen.rgb.width(), seen.rgb.height());
}

}  // namespace lama::internal

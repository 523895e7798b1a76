#include "inpaint/give_detail.h"

#include <algorithm>

#include "image/interpolate.h"
#include "image/resize.h"
#include "patches/detail.h"

namespace lama::internal {

void give_detail(Image& filled, const Seen& seen, const Part& part, PixelSize size,
                 ThreadPool& pool) {
  const auto& [rgb, cover, unknown] = seen;
  std::vector<std::uint8_t> wanted(cover.size());
  for (const Run& run : part.filled) {
    for (int x = run.begin; x < run.end; ++x) {
      const std::size_t i = part.seen.index(x, run.y);
      wanted[i] = static_cast<std::uint8_t>(cover[i] > 0 && unknown[i] != 0);
    }
  }
  std::vector<std::uint8_t> others(cover.size());  // unknown pixels that this part does not fill
  for (std::size_t i = 0; i < cover.size(); ++i) {
    others[i] = static_cast<std::uint8_t>(unknown[i] != 0 && wanted[i] == 0);
    if (unknown[i] != 0) continue;
    std::copy_n(rgb.samples<float>() + 3 * i, 3, filled.samples<float>() + 3 * i);
  }
  if (size == part.seen_size()) {
    // The low band of a pixel is made of its neighbours too.
    interpolate_missing(filled.samples<float>(), static_cast<std::size_t>(size.height),
                        static_cast<std::size_t>(size.width), 3, others.data());
    size = {(size.width + 1) / 2, (size.height + 1) / 2};
    const Image low = enlarge(shrink(filled, size.width, size.height), rgb.width(), rgb.height());
    for (std::size_t i = 0; i < cover.size(); ++i) {
      if (wanted[i] == 0) continue;
      std::copy_n(low.samples<float>() + 3 * i, 3, filled.samples<float>() + 3 * i);
    }
  }
  patches::add_detail(filled, wanted, unknown, size.width, size.height, pool);
}

}  // namespace lama::internal

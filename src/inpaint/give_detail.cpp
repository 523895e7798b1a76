#include "inpaint/give_detail.h"

#include <algorithm>

#include "image/resize.h"
#include "patches/detail.h"

namespace lama::internal {

void give_detail(Image& filled, const Seen& seen, int width, int height, ThreadPool& pool) {
  const auto& [rgb, cover, unknown] = seen;
  std::vector<std::uint8_t> wanted(cover.size());
  for (std::size_t i = 0; i < cover.size(); ++i) {
    wanted[i] = static_cast<std::uint8_t>(cover[i] > 0 && unknown[i] != 0);
    if (unknown[i] != 0) continue;
    std::copy_n(rgb.samples<float>() + 3 * i, 3, filled.samples<float>() + 3 * i);
  }
  if (width == rgb.width() && height == rgb.height()) {
    width = (width + 1) / 2;
    height = (height + 1) / 2;
    const Image low = enlarge(shrink(filled, width, height), rgb.width(), rgb.height());
    for (std::size_t i = 0; i < cover.size(); ++i) {
      if (wanted[i] == 0) continue;
      std::copy_n(low.samples<float>() + 3 * i, 3, filled.samples<float>() + 3 * i);
    }
  }
  patches::add_detail(filled, wanted, unknown, width, height, pool);
}

}  // namespace lama::internal

#include "patches/level.h"

namespace lama::internal::patches {

Level halved(const Level& level) {
  Level half;
  half.width = (level.width + 1) / 2;
  half.height = (level.height + 1) / 2;
  half.samples.resize(half.pixels() * Level::kChannels);
  half.missing.resize(half.pixels());
  for (int y = 0; y < half.height; ++y) {
    for (int x = 0; x < half.width; ++x) {
      const std::size_t to = half.index({x, y});
      float* sum = half.samples.data() + Level::kChannels * to;
      int known = 0, missing = 0;
      for (int i = 0; i < 4; ++i) {
        const Point from{2 * x + i % 2, 2 * y + i / 2};
        if (!level.inside(from)) continue;
        if (level.missing[level.index(from)] != 0) {
          ++missing;
          continue;
        }
        ++known;
        for (std::size_t c = 0; c < Level::kChannels; ++c) sum[c] += level.at(from)[c];
      }
      half.missing[to] = static_cast<std::uint8_t>(missing > 2 || known == 0);
      for (std::size_t c = 0; c < Level::kChannels && known > 0; ++c) {
        sum[c] /= static_cast<float>(known);
      }
    }
  }
  return half;
}

}  // namespace lama::internal::patches

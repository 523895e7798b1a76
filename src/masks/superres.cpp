#include "masks/superres.h"

#include <algorithm>

namespace lama::internal::masks {
namespace {

struct Grid {
  std::int64_t step, width, offset;

  bool misses(std::int64_t at) const { return at >= offset && (at - offset) % step < width; }
};

Grid draw_grid(const SuperresOptions& options, NumpyRandom& draw) {
  Grid grid{};
  grid.step = draw.randint(options.min_step, options.max_step + 1);
  grid.width =
      draw.randint(options.min_width, std::min<std::int64_t>(grid.step, options.max_width + 1));
  grid.offset = draw.randint(grid.step);
  return grid;
}

}  // namespace

Mask SuperresMasks::make(const MaskRequest& request, Random& random) const {
  Mask mask = known_everywhere(request);
  const Grid columns = draw_grid(options_, random.numpy);
  const Grid rows = draw_grid(options_, random.numpy);
  auto at = mask.missing.begin();
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) *at++ = rows.misses(y) || columns.misses(x) ? 1 : 0;
  }
  return mask;
}

}  // namespace lama::internal::masks

#include "engine/positions.h"

#include <algorithm>

namespace lama::internal::engine {

std::vector<std::ptrdiff_t> positions(std::size_t first, std::size_t count, std::size_t size,
                                      int stride, int delta, Border border) {
  std::vector<std::ptrdiff_t> table(count);
  const auto last = static_cast<std::ptrdiff_t>(size) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    std::ptrdiff_t at = static_cast<std::ptrdiff_t>(first + i) * stride + delta;
    switch (border) {
      case Border::zero:
        if (at < 0 || at > last) at = kOutside;
        break;
      case Border::reflect:
        while (last > 0 && (at < 0 || at > last)) at = at < 0 ? -at : 2 * last - at;
        if (last == 0) at = 0;
        break;
      case Border::replicate:
        at = std::clamp<std::ptrdiff_t>(at, 0, last);
        break;
      case Border::circular:
        at = ((at % (last + 1)) + last + 1) % (last + 1);
        break;
    }
    table[i] = at;
  }
  return table;
}

std::vector<TapPosition> tap_positions(const std::vector<Tap>& taps) {
  std::vector<TapPosition> found;
  found.reserve(taps.size());
  for (const Tap& tap : taps) found.push_back({tap.input, tap.dy, tap.dx});
  return found;
}

GatheredPositions::GatheredPositions(const std::vector<TapPosition>& taps, const Window& window,
                                     int stride, Border border) {
  const Region& out = window.output;
  rows.reserve(taps.size());
  columns.reserve(taps.size());
  for (const TapPosition& tap : taps) {
    rows.push_back(positions(out.y, out.height, window.height, stride, tap.dy, border));
    columns.push_back(positions(out.x, out.width, window.width, stride, tap.dx, border));
  }
}

}  // namespace lama::internal::engine

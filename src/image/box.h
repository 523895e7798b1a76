// Rectangles of pixels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace lama::internal {

/// Pixels from (x, y) up to but without (x + width, y + height).
struct Box {
  int x = 0, y = 0, width = 0, height = 0;

  int right() const { return x + width; }
  int bottom() const { return y + height; }
  std::size_t pixels() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  /// The index of the picture's pixel (at_x, at_y) among the box's own pixels, row by row.
  std::size_t index(int at_x, int at_y) const {
    return static_cast<std::size_t>(at_y - y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(at_x - x);
  }
  friend bool operator==(const Box&, const Box&) = default;
};

/// The smallest box around both; around one if the other is empty.
inline Box bounds(const Box& a, const Box& b) {
  if (a.pixels() == 0) return b;
  if (b.pixels() == 0) return a;
  const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

/// Whether `box` has pixels and all of them lie in `whole`. Any numbers will do.
inline bool is_inside(const Box& box, const Box& whole) {
  return box.width > 0 && box.height > 0 && box.x >= whole.x && box.y >= whole.y &&
         std::int64_t{box.x} + box.width <= std::int64_t{whole.x} + whole.width &&
         std::int64_t{box.y} + box.height <= std::int64_t{whole.y} + whole.height;
}

/// `box` with `by` more pixels on every side, inside `within`.
inline Box grown(const Box& box, int by, const Box& within) {
  const int x = std::max(within.x, box.x - by), y = std::max(within.y, box.y - by);
  return {x, y, std::min(within.right(), box.right() + by) - x,
          std::min(within.bottom(), box.bottom() + by) - y};
}

}  // namespace lama::internal

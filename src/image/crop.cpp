#include "image/crop.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace lama::internal {
namespace {

/// Copies to `part` the pixels of `box` from rows of `width` pixels of `size` elements each.
template <typename T>
void copy_crop(T* part, const T* pixels, int width, std::size_t size, const Box& box) {
  const Box rows{0, 0, width, box.bottom()};
  for (int y = box.y; y < box.bottom(); ++y) {
    part = std::copy_n(pixels + rows.index(box.x, y) * size,
                       static_cast<std::size_t>(box.width) * size, part);
  }
}

}  // namespace

Image crop(const Image& image, const Box& box) {
  Image part(box.width, box.height, image.colour_model(), image.has_alpha(), image.depth());
  copy_crop(part.bytes().data(), image.bytes().data(), image.width(),
            static_cast<std::size_t>(image.channels()) * bytes_per_sample(image.depth()), box);
  return part;
}

Mask crop(const Mask& mask, const Box& box) {
  Mask part{box.width, box.height, std::vector<std::uint8_t>(box.pixels())};
  copy_crop(part.missing.data(), mask.missing.data(), mask.width, 1, box);
  return part;
}

Planes crop(const Planes& planes, const Box& box) {
  Planes part{box.width, box.height, std::vector<float>(3 * box.pixels())};
  for (std::size_t c = 0; c < 3; ++c) {
    copy_crop(part.values.data() + c * box.pixels(), planes.plane(static_cast<int>(c)),
              planes.width, 1, box);
  }
  return part;
}

Box bounds_of(const std::vector<std::uint8_t>& pixels, int width) {
  Box box;
  const auto is_marked = [](std::uint8_t pixel) { return pixel != 0; };
  const auto columns = static_cast<std::size_t>(width);
  for (std::size_t start = 0, y = 0; start < pixels.size(); start += columns, ++y) {
    const auto begin = pixels.begin() + static_cast<std::ptrdiff_t>(start), end = begin + width;
    const auto first = std::find_if(begin, end, is_marked);
    if (first == end) continue;
    const auto last =
        std::find_if(std::make_reverse_iterator(end), std::make_reverse_iterator(begin), is_marked);
    box = bounds(box, {static_cast<int>(first - begin), static_cast<int>(y),
                       static_cast<int>(last.base() - first), 1});
  }
  return box;
}

}  // namespace lama::internal

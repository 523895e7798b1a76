#include "masks/mask_generator.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace lama::internal::masks {

Mask known_everywhere(const MaskRequest& request) {
  if (request.width < 1 || request.height < 1) {
    throw Error(
        fmt::format("a mask of {} x {} pixels cannot be made", request.width, request.height));
  }
  return {request.width, request.height,
          std::vector<std::uint8_t>(static_cast<std::size_t>(request.width) *
                                    static_cast<std::size_t>(request.height))};
}

void set_slice(Mask& mask, std::int64_t y0, std::int64_t y1, std::int64_t x0, std::int64_t x1) {
  const auto limit = [](std::int64_t at, std::int64_t size) {
    return std::clamp(at < 0 ? at + size : at, std::int64_t{0}, size);
  };
  const std::int64_t begin = limit(x0, mask.width), end = limit(x1, mask.width);
  if (begin >= end) return;
  for (std::int64_t y = limit(y0, mask.height); y < limit(y1, mask.height); ++y) {
    const auto row = mask.missing.begin() + y * mask.width;
    std::fill(row + begin, row + end, std::uint8_t{1});
  }
}

}  // namespace lama::internal::masks

#include "masks/dumb_area.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/error.h"

namespace lama::internal::masks {
namespace {

/// std::nearbyint rounds halves to even, as Python's round does.
std::int64_t python_round(double value) { return static_cast<std::int64_t>(std::nearbyint(value)); }

std::pair<std::int64_t, std::int64_t> random_range(int size, PythonRandom& draw) {
  const double low = std::sqrt(0.1), high = std::sqrt(0.35);
  const std::int64_t side = python_round((draw.random() * (high - low) + low) * size);
  if (side + 1 > size) throw Error(fmt::format("{} pixels are too few for a random area", size));
  const std::int64_t start = draw.randint(static_cast<std::uint32_t>(size - side - 1));
  return {start, start + side};
}

std::pair<std::int64_t, std::int64_t> middle_range(int size) {
  const double margin = std::sqrt(0.225) / 2 * size;
  return {python_round(size / 2.0 - margin), python_round(size / 2.0 + margin)};
}

}  // namespace

Mask DumbAreaMasks::make(const MaskRequest& request, Random& random) const {
  Mask mask = known_everywhere(request);
  const auto range = [&](int size) {
    return is_training_ ? random_range(size, random.python) : middle_range(size);
  };
  const auto [x0, x1] = range(mask.width);
  const auto [y0, y1] = range(mask.height);
  set_slice(mask, x0, x1, y0, y1);
  return mask;
}

}  // namespace lama::internal::masks

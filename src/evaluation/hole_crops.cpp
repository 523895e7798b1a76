#include "evaluation/hole_crops.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lama::internal::evaluation {
namespace {

constexpr int kCropStep = 64;
constexpr std::size_t kMost = 16;

std::size_t index(int width, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
         static_cast<std::size_t>(x);
}

int missing_in(const Mask& hole, Corner corner) {
  int missing = 0;
  for (int y = corner.top; y < corner.top + kCropSide; ++y) {
    const auto row =
        hole.missing.begin() + static_cast<std::ptrdiff_t>(index(hole.width, corner.left, y));
    missing += static_cast<int>(kCropSide - std::count(row, row + kCropSide, 0));
  }
  return missing;
}

}  // namespace

std::vector<Corner> hole_crops(const Mask& hole) {
  std::vector<std::pair<int, Corner>> found;
  for (int top = 0; top + kCropSide <= hole.height; top += kCropStep) {
    for (int left = 0; left + kCropSide <= hole.width; left += kCropStep) {
      const int missing = missing_in(hole, {left, top});
      if (missing > 0) found.emplace_back(missing, Corner{left, top});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Corner> crops;
  crops.reserve(kMost);
  for (std::size_t i = 0; i < std::min(kMost, found.size()); ++i) crops.push_back(found[i].second);
  return crops;
}

Planes crop(const Planes& picture, Corner corner) {
  Planes part{kCropSide, kCropSide, {}};
  part.values.reserve(3 * part.pixels());
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < kCropSide; ++y) {
      const float* row = picture.plane(c) + index(picture.width, corner.left, corner.top + y);
      part.values.insert(part.values.end(), row, row + kCropSide);
    }
  }
  return part;
}

}  // namespace lama::internal::evaluation

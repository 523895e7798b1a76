#include "evaluation/hole_crops.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lama::internal::evaluation {
namespace {

constexpr int kCropStep = 64;
constexpr std::size_t kMost = 16;

std::ptrdiff_t missing_in(const Mask& hole, const Box& box) {
  std::ptrdiff_t missing = 0;
  for (int y = box.y; y < box.bottom(); ++y) {
    const auto* row = hole.missing.data() + Box{0, 0, hole.width, hole.height}.index(box.x, y);
    missing += box.width - std::count(row, row + box.width, 0);
  }
  return missing;
}

}  // namespace

std::vector<Box> hole_crops(const Mask& hole) {
  std::vector<std::pair<std::ptrdiff_t, Box>> found;
  for (int top = 0; top + kCropSide <= hole.height; top += kCropStep) {
    for (int left = 0; left + kCropSide <= hole.width; left += kCropStep) {
      const Box box{left, top, kCropSide, kCropSide};
      const std::ptrdiff_t missing = missing_in(hole, box);
      if (missing > 0) found.emplace_back(missing, box);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Box> crops;
  crops.reserve(kMost);
  for (std::size_t i = 0; i < std::min(kMost, found.size()); ++i) crops.push_back(found[i].second);
  return crops;
}

}  // namespace lama::internal::evaluation

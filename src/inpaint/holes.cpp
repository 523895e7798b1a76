#include "inpaint/holes.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lama::internal {
namespace {

/// Grows the hole by a square of 2 * reach + 1 pixels a side.
Mask grown_by(const Mask& missing, int reach) {
  const auto width = static_cast<std::size_t>(missing.width);
  const auto height = static_cast<std::size_t>(missing.height);
  Mask result{missing.width, missing.height, std::vector<std::uint8_t>(width * height)};
  // Missing pixels of each column among the rows that the square covers.
  std::vector<int> columns(width);
  const auto add = [&](std::size_t row, int sign) {
    const std::uint8_t* line = missing.missing.data() + row * width;
    for (std::size_t x = 0; x < width; ++x) columns[x] += line[x] != 0 ? sign : 0;
  };
  const auto radius = static_cast<std::size_t>(reach);
  for (std::size_t y = 0; y < std::min(radius, height); ++y) add(y, 1);
  for (std::size_t y = 0; y < height; ++y) {
    if (y + radius < height) add(y + radius, 1);
    if (y > radius) add(y - radius - 1, -1);
    std::uint8_t* line = result.missing.data() + y * width;
    std::size_t covered = 0;  // the line is already marked up to here
    for (std::size_t x = 0; x < width; ++x) {
      if (columns[x] == 0) continue;
      const std::size_t end = std::min(width, x + radius + 1);
      std::fill(line + std::max(covered, x > radius ? x - radius : 0), line + end, std::uint8_t{1});
      covered = end;
    }
  }
  return result;
}

/// Connects runs (union and find, with path halving).
class Unions {
 public:
  std::uint32_t add() {
    parents_.push_back(static_cast<std::uint32_t>(parents_.size()));
    return parents_.back();
  }
  std::uint32_t root(std::uint32_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  /// The earlier one becomes the root, so that holes keep their order.
  void unite(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parents_;
};

}  // namespace

Holes holes_of(const Mask& missing, int reach) {
  const Mask grown = reach > 0 ? grown_by(missing, reach) : Mask();
  const Mask& mask = reach > 0 ? grown : missing;
  const auto width = static_cast<std::size_t>(mask.width);
  Holes found;
  Unions unions;
  std::vector<int> thickness;  // by run
  // The side of the largest missing square that ends in each pixel.
  std::vector<int> above(width + 1), here(width + 1);
  std::size_t last_row = 0;  // index of the first run in the row above
  for (int y = 0; y < mask.height; ++y) {
    const std::uint8_t* line = mask.missing.data() + static_cast<std::size_t>(y) * width;
    const std::size_t row = found.runs.size();
    std::size_t touching = last_row;
    std::fill(here.begin(), here.end(), 0);
    const std::uint8_t* const end = line + width;
    for (const std::uint8_t* at = line; at != end;) {
      at = std::find_if(at, end, [](std::uint8_t value) { return value != 0; });
      if (at == end) break;
      const std::uint8_t* const stop = std::find(at, end, 0);
      const Run run{y, static_cast<int>(at - line), static_cast<int>(stop - line)};
      int thickest = 0;
      for (int x = run.begin; x < run.end; ++x) {
        const auto i = static_cast<std::size_t>(x);
        here[i + 1] = 1 + std::min({here[i], above[i], above[i + 1]});
        thickest = std::max(thickest, here[i + 1]);
      }
      found.runs.push_back(run);
      thickness.push_back(thickest);
      const std::uint32_t self = unions.add();
      while (touching < row && found.runs[touching].end < run.begin) ++touching;
      for (std::size_t i = touching; i < row && found.runs[i].begin <= run.end; ++i) {
        unions.unite(static_cast<std::uint32_t>(i), self);
      }
      at = stop;
    }
    std::swap(above, here);
    last_row = row;
  }
  found.hole_of_run.resize(found.runs.size());
  for (std::size_t i = 0; i < found.runs.size(); ++i) {
    const Run& run = found.runs[i];
    const std::uint32_t root = unions.root(static_cast<std::uint32_t>(i));
    if (root == i) {
      found.hole_of_run[i] = static_cast<std::uint32_t>(found.holes.size());
      found.holes.push_back({{}, 0});
    } else {
      found.hole_of_run[i] = found.hole_of_run[root];
    }
    Hole& hole = found.holes[found.hole_of_run[i]];
    hole.box = bounds(hole.box, {run.begin, run.y, run.end - run.begin, 1});
    hole.thickness = std::max(hole.thickness, thickness[i]);
  }
  return found;
}

}  // namespace lama::internal

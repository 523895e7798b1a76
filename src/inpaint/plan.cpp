#include "inpaint/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/error.h"

namespace lama {
namespace {

// The longer side at which networks trained on 256-pixel crops still see well.
constexpr int kComfortable = 1024;
// Context on each side: this share of the hole's longer side, but not less than so many pixels.
constexpr double kContext = 0.5;
constexpr int kLeastContext = 128;
// Below this no context is left that would tell the network anything.
constexpr int kLeastSide = 64;

Box bounds(const Box& a, const Box& b) {
  const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

bool overlap(const Box& a, const Box& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

Box grown(const Box& box, int by, const Box& within) {
  const int x = std::max(within.x, box.x - by), y = std::max(within.y, box.y - by);
  return {x, y, std::min(within.right(), box.right() + by) - x,
          std::min(within.bottom(), box.bottom() + by) - y};
}

/// A line of `size` pixels from `begin`, made longer to a multiple of `multiple` where 0 .. limit
/// allows: what is there is a better continuation than a mirror.
void align(int& begin, int& size, int multiple, int limit) {
  const int wanted = std::min(limit, (size + multiple - 1) / multiple * multiple);
  begin = std::min(begin, limit - wanted);
  size = wanted;
}

Box with_context(const Box& hole, const Box& picture, int multiple) {
  const double longer = std::max(hole.width, hole.height);
  const int context = std::max(kLeastContext, static_cast<int>(std::lround(kContext * longer)));
  Box seen = grown(hole, context, picture);
  align(seen.x, seen.width, multiple, picture.width);
  align(seen.y, seen.height, multiple, picture.height);
  return seen;
}

/// Boxes around connected missing pixels, on a grid of cells: holes closer than that are one.
std::vector<Box> boxes_of(const Mask& missing) {
  constexpr int kCell = 32;
  const int columns = (missing.width + kCell - 1) / kCell;
  const int rows = (missing.height + kCell - 1) / kCell;
  const auto index = [columns](int row, int column) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  };
  std::vector<Box> cells(index(rows, 0));  // the missing pixels' bounds in each cell
  for (int y = 0; y < missing.height; ++y) {
    const std::uint8_t* line = missing.missing.data() + static_cast<std::size_t>(y) *
                                                            static_cast<std::size_t>(missing.width);
    for (int x = 0; x < missing.width; ++x) {
      if (line[x] == 0) continue;
      Box& cell = cells[index(y / kCell, x / kCell)];
      const Box pixel{x, y, 1, 1};
      cell = cell.width == 0 ? pixel : bounds(cell, pixel);
    }
  }
  std::vector<Box> found;
  std::vector<std::pair<int, int>> open;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      if (cells[index(row, column)].width == 0) continue;
      Box group = cells[index(row, column)];
      open.assign(1, {row, column});
      while (!open.empty()) {
        const auto [r, c] = open.back();
        open.pop_back();
        Box& cell = cells[index(r, c)];
        if (cell.width == 0) continue;
        group = bounds(group, std::exchange(cell, Box()));
        for (int y = std::max(0, r - 1); y <= std::min(rows - 1, r + 1); ++y) {
          for (int x = std::max(0, c - 1); x <= std::min(columns - 1, c + 1); ++x) {
            if (cells[index(y, x)].width != 0) open.emplace_back(y, x);
          }
        }
      }
      found.push_back(group);
    }
  }
  return found;
}

Part part_of(const Box& hole, const Box& seen) {
  const int longer = std::max(seen.width, seen.height);
  if (longer <= kComfortable) return {hole, seen, seen.width, seen.height};
  const auto scaled = [longer](int side) {
    return std::max<int>(1,
                         static_cast<int>(std::lround(double{1} * side * kComfortable / longer)));
  };
  return {hole, seen, scaled(seen.width), scaled(seen.height)};
}

std::size_t work(const Part& part) {
  return static_cast<std::size_t>(part.width) * static_cast<std::size_t>(part.height);
}

/// One part for each group of holes. Groups become one where their boxes touch, or where one run
/// over both is no more work than two.
std::vector<Part> crops(const Mask& missing, int reach, const Box& picture, int multiple) {
  std::vector<Part> parts;
  const auto part = [&](const Box& hole) {
    return part_of(hole, with_context(hole, picture, multiple));
  };
  for (const Box& box : boxes_of(missing)) {
    Part added = part(grown(box, reach, picture));
    for (std::size_t i = 0; i < parts.size();) {
      const Part both = part(bounds(added.hole, parts[i].hole));
      if (overlap(added.hole, parts[i].hole) || work(both) <= work(added) + work(parts[i])) {
        added = both;
        parts[i] = parts.back();
        parts.pop_back();
        i = 0;  // the larger box may reach those that were passed by
      } else {
        ++i;
      }
    }
    parts.push_back(added);
  }
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::pair(a.hole.y, a.hole.x) < std::pair(b.hole.y, b.hole.x);
  });
  return parts;
}

std::string size(const Box& box) { return fmt::format("{} x {}", box.width, box.height); }

std::string amount(std::size_t bytes) {
  const auto value = static_cast<double>(bytes);
  return value < 1e9 ? fmt::format("{:.0f} MB", value * 1e-6)
                     : fmt::format("{:.1f} GB", value * 1e-9);
}

[[noreturn]] void fail_for_memory(const Part& part, const PlanLimits& limits,
                                  const std::string& advice) {
  throw Error(
      fmt::format("a picture of {} pixels needs {} of memory with this model and {} are "
                  "there to use: {}",
                  size(part.seen), amount(limits.bytes(part)), amount(limits.memory), advice));
}

/// Scales `part` down until it fits. True if that was necessary.
bool fit(Part& part, const PlanLimits& limits) {
  const Part wanted = part;
  while (limits.bytes(part) > limits.memory) {
    if (std::max(part.width, part.height) < kLeastSide) {
      fail_for_memory(wanted, limits, "use a smaller model or close other programs");
    }
    part.width = std::max(1, part.width * 7 / 8);
    part.height = std::max(1, part.height * 7 / 8);
  }
  return part.width != wanted.width || part.height != wanted.height;
}

std::string describe(const std::vector<Part>& parts) {
  const Part& largest = *std::max_element(
      parts.begin(), parts.end(),
      [](const Part& a, const Part& b) { return a.seen.pixels() < b.seen.pixels(); });
  return fmt::format(
      "{} of holes, the largest {} seen in {} pixels of the picture{}",
      parts.size() == 1 ? "one group" : fmt::format("{} groups", parts.size()), size(largest.hole),
      size(largest.seen),
      largest.scaled() ? fmt::format(" at {} x {}", largest.width, largest.height) : "");
}

}  // namespace

Plan make_plan(const Mask& missing, int reach, Strategy strategy, int size_multiple,
               const PlanLimits& limits) {
  const Box picture{0, 0, missing.width, missing.height};
  const Part whole{picture, picture, picture.width, picture.height};
  const bool fits = limits.bytes(whole) <= limits.memory;
  const bool comfortable = std::max(picture.width, picture.height) <= kComfortable;

  if (strategy == Strategy::full || (strategy == Strategy::automatic && comfortable && fits)) {
    if (!fits) {
      fail_for_memory(whole, limits,
                      "take the crop or resize strategy, a smaller model, or close other programs");
    }
    return {{whole}, fmt::format("full: the whole picture, {} pixels", size(picture))};
  }
  Plan plan;
  if (strategy == Strategy::resize) {
    plan.parts.push_back(part_of(picture, picture));
  } else {
    plan.parts = crops(missing, reach, picture, size_multiple);
  }
  bool squeezed = false;
  for (Part& part : plan.parts) squeezed |= fit(part, limits);
  const Part& first = plan.parts.front();
  plan.reason = strategy == Strategy::resize
                    ? fmt::format("resize: the whole picture, {} pixels, seen at {} x {}",
                                  size(picture), first.width, first.height)
                    : "crop: " + describe(plan.parts);
  if (squeezed) {
    plan.reason += fmt::format("; scaled down to fit into {} of memory", amount(limits.memory));
  } else if (strategy == Strategy::automatic) {
    plan.reason += comfortable
                       ? fmt::format("; the whole would take {} and {} are there",
                                     amount(limits.bytes(whole)), amount(limits.memory))
                       : fmt::format("; networks see best what is up to {} pixels", kComfortable);
  }
  return plan;
}

}  // namespace lama

#include "inpaint/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/memory.h"

namespace lama::internal {
namespace {

// The longest side at which networks trained on 256-pixel crops still fill well.
constexpr int kComfortable = 1024;
// Context on each side: this share of the hole's longer side; at most the hole's thickness, because
// a long stroke continues from beside it; and at least this many pixels.
constexpr double kContext = 0.5;
constexpr int kLeastContext = 128;
// Strokes that are too long for full size, but not thicker than their context, are filled tile by
// tile. With context a tile has at most 768 pixels.
constexpr int kTile = 512;
// Within this distance, sorting holes by their work would save nothing. Holes in such a cell are
// always filled together, even if the memory then scales them down: a dotted mask has millions, too
// many to compare each with each. With their context they have fewer than kComfortable pixels a
// side.
constexpr int kCell = 128;
// A smaller view would leave the network no useful context.
constexpr int kLeastSide = 64;

/// Extends a line of `size` pixels from `begin` to a multiple of `multiple`, within 0 .. limit:
/// real pixels are a better continuation than a mirror.
void align(int& begin, int& size, int multiple, int limit) {
  const int wanted = std::min(limit, (size + multiple - 1) / multiple * multiple);
  begin = std::min(begin, limit - wanted);
  size = wanted;
}

int context_of(const Hole& hole) {
  const double longer = std::max(hole.box.width, hole.box.height);
  return std::max(kLeastContext,
                  std::min(hole.thickness, static_cast<int>(std::lround(kContext * longer))));
}

Box with_context(const Box& hole, int context, const Box& picture, int multiple) {
  Box seen = grown(hole, context, picture);
  align(seen.x, seen.width, multiple, picture.width);
  align(seen.y, seen.height, multiple, picture.height);
  return seen;
}

/// A part with the view `seen`, scaled down if that is too large.
Part part_of(const Box& hole, const Box& seen) {
  const int longer = std::max(seen.width, seen.height);
  if (longer <= kComfortable) return {{}, hole, seen, seen.width, seen.height};
  const auto scaled = [longer](int side) {
    return std::max<int>(1,
                         static_cast<int>(std::lround(double{1} * side * kComfortable / longer)));
  };
  return {{}, hole, seen, scaled(seen.width), scaled(seen.height)};
}

/// Holes, or tiles of holes, that are filled together.
struct Group {
  Box hole;
  int context;
};

Group together(const Group& a, const Group& b) {
  return {bounds(a.hole, b.hole), std::max(a.context, b.context)};
}

/// Groups holes if one run costs no more than two and neither is scaled down more.
class Grouping {
 public:
  Grouping(const Box& picture, int multiple, const PlanLimits& limits)
      : picture_(picture), multiple_(multiple), limits_(limits) {}

  std::vector<Part> parts(const Holes& holes) {
    std::vector<std::size_t> group_of_hole;
    for (const Hole& hole : holes.holes) group_of_hole.push_back(first_group(hole));
    std::vector<std::size_t> group_of_piece;
    std::vector<Run> pieces;
    for (std::size_t i = 0; i < holes.runs.size(); ++i) {
      Run run = holes.runs[i];
      std::size_t group = group_of_hole[holes.hole_of_run[i]];
      if (group != kTiled) {
        pieces.push_back(run);
        group_of_piece.push_back(group);
        continue;
      }
      for (const int end = run.end; run.begin < end; run.begin = run.end) {
        run.end = std::min(end, (run.begin / kTile + 1) * kTile);
        group = in_cell({holes.hole_of_run[i], run.y / kTile, run.begin / kTile},
                        {{run.begin, run.y, run.end - run.begin, 1}, kLeastContext});
        pieces.push_back(run);
        group_of_piece.push_back(group);
      }
    }
    const std::vector<std::size_t> merged = merge();
    std::vector<std::size_t> part_of_group(groups_.size());
    std::vector<Part> parts;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (merged[i] != i) continue;
      part_of_group[i] = parts.size();
      parts.push_back(part(groups_[i]));
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      parts[part_of_group[merged[group_of_piece[i]]]].filled.push_back(pieces[i]);
    }
    return parts;
  }

 private:
  struct Cell {
    std::uint32_t hole;
    int row, column;
    friend bool operator<(const Cell& a, const Cell& b) {
      return std::tie(a.hole, a.row, a.column) < std::tie(b.hole, b.row, b.column);
    }
  };
  static constexpr std::size_t kTiled = SIZE_MAX;
  static constexpr std::uint32_t kAnyHole = UINT32_MAX;

  Part part(const Group& group) const {
    return part_of(group.hole, with_context(group.hole, group.context, picture_, multiple_));
  }

  bool seen_as_it_is(const Group& group) const {
    const Part all = part(group);
    return !all.scaled() && limits_.bytes(all) <= limits_.memory;
  }

  std::size_t add(const Group& group) {
    groups_.push_back(group);
    return groups_.size() - 1;
  }

  /// The group of a cell, with `added`.
  std::size_t in_cell(const Cell& cell, const Group& added) {
    const auto [at, is_new] = cells_.try_emplace(cell, groups_.size());
    if (is_new) return add(added);
    Group& group = groups_[at->second];
    group = together(group, added);
    return at->second;
  }

  /// The first group of `hole`; kTiled if it is filled tile by tile.
  std::size_t first_group(const Hole& hole) {
    const int context = context_of(hole);
    const Part alone = part({hole.box, context});
    if (alone.scaled()) return hole.thickness <= kLeastContext ? kTiled : add({hole.box, context});
    if (std::max(hole.box.width, hole.box.height) > kCell) return add({hole.box, context});
    return in_cell({kAnyHole, hole.box.y / kCell, hole.box.x / kCell}, {hole.box, context});
  }

  static std::size_t work(const Part& part) { return part.size().pixels(); }

  /// For each group the one that it was merged into.
  std::vector<std::size_t> merge() {
    std::vector<std::size_t> into(groups_.size());
    std::iota(into.begin(), into.end(), std::size_t{0});
    std::vector<std::size_t> open;  // remaining earlier groups
    for (std::size_t added = 0; added < groups_.size(); ++added) {
      if (part(groups_[added]).scaled()) continue;
      for (std::size_t i = 0; i < open.size();) {
        const Group &a = groups_[added], &b = groups_[open[i]];
        const Group both = together(a, b);
        if (work(part(both)) > work(part(a)) + work(part(b)) || !seen_as_it_is(both)) {
          ++i;
          continue;
        }
        groups_[added] = both;
        into[open[i]] = added;
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
        i = 0;  // the larger box may now suit skipped groups
      }
      open.push_back(added);
    }
    for (std::size_t i = into.size(); i-- > 0;) into[i] = into[into[i]];
    return into;
  }

  Box picture_;
  int multiple_;
  const PlanLimits& limits_;
  std::vector<Group> groups_;
  std::map<Cell, std::size_t> cells_;
};

std::vector<Part> crops(const Mask& missing, int reach, const Box& picture, int multiple,
                        const PlanLimits& limits) {
  std::vector<Part> parts = Grouping(picture, multiple, limits).parts(holes_of(missing, reach));
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::pair(a.hole.y, a.hole.x) < std::pair(b.hole.y, b.hole.x);
  });
  return parts;
}

/// All of the picture.
std::vector<Run> rows_of(const Box& picture) {
  std::vector<Run> rows;
  rows.reserve(static_cast<std::size_t>(picture.height));
  for (int y = 0; y < picture.height; ++y) rows.push_back({y, 0, picture.width});
  return rows;
}

std::string size(const Box& box) { return fmt::format("{} x {}", box.width, box.height); }

std::string amount(std::size_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value < 1e6) return fmt::format("{:.0f} kB", value * 1e-3);
  return value < 1e9 ? fmt::format("{:.0f} MB", value * 1e-6)
                     : fmt::format("{:.1f} GB", value * 1e-9);
}

/// Rounded up, so that a limit of this amount suffices.
std::string amount_above(std::size_t bytes) {
  const std::size_t unit = bytes < 1'000'000       ? 1000
                           : bytes < 1'000'000'000 ? 1'000'000
                                                   : 100'000'000;
  return amount((bytes + unit - 1) / unit * unit);
}

/// The caller knows the picture's name.
[[noreturn]] void fail_for_memory(const Part& part, const PlanLimits& limits, const char* advice) {
  const std::string needed = amount_above(limits.bytes(part)), had = amount(limits.memory);
  throw OutOfMemory(
      limits.chosen
          ? fmt::format("filling it takes {} of memory, and the memory limit is {}: {}raise the "
                        "limit to {}",
                        needed, had, advice, needed)
          : fmt::format("filling it takes {} of memory, and {} are free: {}use a smaller model or "
                        "close other programs",
                        needed, had, advice));
}

/// Scales `part` down until it fits. True if it had to.
bool fit(Part& part, const PlanLimits& limits) {
  const int width = part.width, height = part.height;
  while (limits.bytes(part) > limits.memory) {
    if (std::max(part.width, part.height) < kLeastSide) {
      part.width = width;
      part.height = height;
      fail_for_memory(part, limits, "");
    }
    part.width = std::max(1, part.width * 7 / 8);
    part.height = std::max(1, part.height * 7 / 8);
  }
  return part.width != width || part.height != height;
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
  const Part whole{rows_of(picture), picture, picture, picture.width, picture.height};
  const bool fits = limits.bytes(whole) <= limits.memory;
  const bool comfortable = std::max(picture.width, picture.height) <= kComfortable;

  if (strategy == Strategy::full || (strategy == Strategy::automatic && comfortable && fits)) {
    if (!fits) {
      fail_for_memory(whole, limits, "use the crop or resize strategy, or ");
    }
    return {{whole}, fmt::format("full: the whole picture, {} pixels", size(picture))};
  }
  Plan plan;
  if (strategy == Strategy::resize) {
    plan.parts.push_back(part_of(picture, picture));
    plan.parts.front().filled = rows_of(picture);
  } else {
    plan.parts = crops(missing, reach, picture, size_multiple, limits);
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
                       ? fmt::format("; the whole would take {}, but only {} are available",
                                     amount(limits.bytes(whole)), amount(limits.memory))
                       : fmt::format("; networks fill best at up to {} pixels", kComfortable);
  }
  return plan;
}

}  // namespace lama::internal

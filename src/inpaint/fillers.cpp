#include "inpaint/fillers.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "inpaint/holes.h"

namespace lama::internal {
namespace {

/// The thickness of each hole of `grown`, which `marked` becomes when it grows by `reach`: of the
/// thickest marked hole in it, and without what it grew by, because letters grow together to a line
/// as thick as they are high.
std::vector<int> thickness_of(const Holes& grown, const Holes& marked, int reach) {
  std::vector<int> thickness;
  thickness.reserve(grown.holes.size());
  for (const Hole& hole : grown.holes) thickness.push_back(hole.thickness - 2 * reach);
  std::size_t around = 0;  // the grown run that covers the marked one: both are in order
  for (std::size_t i = 0; i < marked.runs.size(); ++i) {
    const Run& run = marked.runs[i];
    while (grown.runs[around].y < run.y || grown.runs[around].end < run.end) ++around;
    int& thickest = thickness[grown.hole_of_run[around]];
    thickest = std::max(thickest, marked.holes[marked.hole_of_run[i]].thickness);
  }
  return thickness;
}

void add(Part& part, const Run& run) {
  part.filled.push_back(run);
  part.hole = bounds(part.hole, {run.begin, run.y, run.end - run.begin, 1});
}

}  // namespace

std::vector<FilledPart> assign_fillers(std::vector<Part> parts, const Mask& mask, int reach,
                                       int thickest) {
  std::vector<FilledPart> result;
  result.reserve(parts.size());
  if (thickest == std::numeric_limits<int>::max()) {
    for (Part& part : parts) result.push_back({std::move(part), Filler::network});
    return result;
  }
  const Holes grown = holes_of(mask, reach);
  const std::vector<int> thickness = thickness_of(grown, holes_of(mask, 0), reach);
  for (Part& part : parts) {
    FilledPart copies{{{}, {}, part.seen, part.width, part.height}, Filler::copies};
    FilledPart network{copies.part, Filler::network};
    for (const Run& run : part.filled) {
      // The grown runs that overlap it, in order.
      auto around =
          std::partition_point(grown.runs.begin(), grown.runs.end(), [&](const Run& other) {
            return other.y < run.y || (other.y == run.y && other.end <= run.begin);
          });
      for (; around != grown.runs.end() && around->y == run.y && around->begin < run.end;
           ++around) {
        const std::size_t hole =
            grown.hole_of_run[static_cast<std::size_t>(around - grown.runs.begin())];
        FilledPart& filled = thickness[hole] > thickest ? copies : network;
        filled.thickest = std::max(filled.thickest, thickness[hole]);
        add(filled.part,
            {run.y, std::max(run.begin, around->begin), std::min(run.end, around->end)});
      }
    }
    for (FilledPart* filled : {&copies, &network}) {
      if (!filled->part.filled.empty()) result.push_back(std::move(*filled));
    }
  }
  return result;
}

}  // namespace lama::internal

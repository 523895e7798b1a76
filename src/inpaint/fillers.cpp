#include "inpaint/fillers.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "inpaint/holes.h"

namespace lama::internal {
namespace {

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
        const int thickness = grown.holes[hole].thickness;
        FilledPart& filled = thickness > thickest ? copies : network;
        filled.thickest = std::max(filled.thickest, thickness - 2 * reach);
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

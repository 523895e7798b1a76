// By how much a picture's similar parts lie apart, and what in it has none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "patches/level.h"

namespace lama::patches {

/// Of the matches of known patches with others that do not lie near them (He and Sun, "Statistics
/// of Patch Offsets for Image Completion", 2012).
struct OffsetStatistics {
  /// By which similar patches most often lie apart, the most frequent first. Textures repeat by
  /// them, and straight edges go on along them.
  std::vector<Point> offsets;
  /// For each pixel how much worse than usual the patches that hold it are matched: 0 in what a
  /// picture is full of, some tenths of full white in single things. A thing that is there once
  /// should not be copied only because the hole's edge touches another one's leg.
  std::vector<float> rarity;
};

/// At most `count` offsets: the peaks of their histogram.
OffsetStatistics offset_statistics(const Level& level, std::size_t count, std::uint64_t seed,
                                   ThreadPool& pool);

}  // namespace lama::patches

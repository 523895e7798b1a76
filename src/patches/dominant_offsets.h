// By how much a picture's similar parts lie apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "patches/level.h"

namespace lama::patches {

/// At most `count` offsets by which similar patches of the known part most often lie apart, the
/// most frequent first: the peaks of their histogram (He and Sun, "Statistics of Patch Offsets for
/// Image Completion", 2012). Textures repeat by them, and straight edges go on along them.
std::vector<Point> dominant_offsets(const Level& level, std::size_t count, std::uint64_t seed,
                                    ThreadPool& pool);

}  // namespace lama::patches

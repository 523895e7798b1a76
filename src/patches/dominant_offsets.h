// The offsets between a picture's similar parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "patches/level.h"

namespace lama::internal::patches {

/// At most `count` offsets between similar patches of the known part, the most frequent first: the
/// peaks of their histogram (He and Sun, "Statistics of Patch Offsets for Image Completion", 2012).
/// Textures repeat by these offsets, and straight edges continue along them.
std::vector<Point> dominant_offsets(const Level& level, std::size_t count, std::uint64_t seed,
                                    ThreadPool& pool);

}  // namespace lama::internal::patches

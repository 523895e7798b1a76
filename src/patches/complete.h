// Filling a hole with copies of what surrounds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "patches/field.h"

namespace lama::patches {

struct CompleteOptions {
  std::uint64_t seed = 0;
};

/// `picture` (red, green and blue in 0..1) with the pixels at which `missing` is not 0 made from
/// known ones; the known ones are returned as they are. All of the picture is seen and copied from:
/// show it no more than what surrounds the hole.
///
/// The same bits for every number of threads. Throws Error if the picture has more than 2^31 - 1
/// pixels, and whatever `observer` throws. Memory: complete_bytes(). Thread-safety: as the pool's.
std::vector<float> complete(const Pixels& picture, const std::uint8_t* missing,
                            const CompleteOptions& options, ThreadPool& pool,
                            const Observer& observer = nullptr);

/// Bytes that complete() takes at most, its result included.
std::size_t complete_bytes(std::size_t height, std::size_t width);

}  // namespace lama::patches

// Fills a hole with copies of its surroundings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "patches/field.h"

namespace lama::internal::patches {

struct CompleteOptions {
  std::uint64_t seed = 0;
};

/// Fills the pixels of `picture` (red, green and blue in 0..1) at which `missing` is not 0 from
/// known ones, which do not change. It reads all of `picture`: give it only the surroundings.
///
/// The result has the same bits for every number of threads. Throws Error if the picture has more
/// than 2^31 - 1 pixels, and the observer's exceptions. Memory: complete_bytes(). Thread-safety: as
/// the pool's.
std::vector<float> complete(const Pixels& picture, const std::uint8_t* missing,
                            const CompleteOptions& options, ThreadPool& pool,
                            const Observer& observer = nullptr);

/// The most bytes that complete() takes for a picture of `pixels`, including its result.
std::size_t complete_bytes(std::size_t pixels);

}  // namespace lama::internal::patches

// A fill by copies of the surroundings (patches/complete.h).
#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "inpaint/seen.h"
#include "patches/field.h"

namespace lama::internal {

struct Size {
  int width, height;
};

/// The size at which copies fill what `part` sees: the picture's own, or a smaller one that fits
/// into `memory` bytes.
Size copying_size(const Part& part, std::size_t memory);

/// `seen.rgb` with its missing pixels copied from known ones at this size.
Image fill_by_copying(const Seen& seen, Size size, ThreadPool& pool,
                      const patches::Observer& observer);

}  // namespace lama::internal

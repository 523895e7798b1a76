// A fill by copies of the surroundings (patches/complete.h).
#pragma once

#include "base/thread_pool.h"
#include "inpaint/seen.h"
#include "patches/field.h"

namespace lama::internal {

/// `seen.rgb` with its missing pixels copied from known ones at this size.
Image fill_by_copying(const Seen& seen, PixelSize size, ThreadPool& pool,
                      const patches::Observer& observer);

}  // namespace lama::internal

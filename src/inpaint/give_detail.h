// Fine detail from the surroundings (patches/detail.h) for a fill that has none of its own.
#pragma once

#include "base/thread_pool.h"
#include "inpaint/seen.h"

namespace lama::internal {

/// Gives `part`'s pixels of `filled`, which was made at `size` and shows what `seen` shows, the
/// high band of what is known. Of a fill made at the picture's own scale only what half the size
/// shows is kept, as its low band.
void give_detail(Image& filled, const Seen& seen, const Part& part, PixelSize size,
                 ThreadPool& pool);

}  // namespace lama::internal

// The large structures in a hole.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "patches/field.h"
#include "patches/level.h"

namespace lama::internal::patches {

/// Fills the missing pixels of `level`, a small picture, and returns the matches of its patches;
/// an empty field if no patch is known. `fine` is the picture that was halved `halvings` times.
///
/// Patches vote over scales, from one at which the hole has few pixels (Wexler et al., "Space-Time
/// Completion of Video", 2007), several times from different random matches. The result whose
/// patches resemble their sources most is returned. Beside colours, these are compared:
/// - gradients (Darabi et al., "Image Melding", 2012);
/// - the strength of fine texture around each pixel, without which smooth patches win (Newson et
///   al., "Video Inpainting of Complex Scenes", 2014);
/// - places, because things at one height are at one distance.
///
/// The result has the same bits for every number of threads. Passes on the observer's exceptions.
Field fill_structure(Level& level, const Level& fine, int halvings, std::uint64_t seed,
                     ThreadPool& pool, const Observer& observer);

}  // namespace lama::internal::patches

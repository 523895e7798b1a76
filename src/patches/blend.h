// Joins copies without steps in brightness or colour.
#pragma once

#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "patches/field.h"
#include "patches/level.h"

namespace lama::internal::patches {

/// Corrects the missing pixels of `level`, which take_votes() has set from the same matches. They
/// get the gradients of their sources, so that shading continues over the hole's edge and from copy
/// to copy (Pérez et al., "Poisson Image Editing", 2003). Steps too large for shading, at edges of
/// objects, and where sources differ much, stay between copies and fade out from the hole's edge
/// (fade()).
///
/// The result has the same bits for every number of threads.
void blend(Level& level, const Field& field, const std::vector<std::uint8_t>& targets,
           ThreadPool& pool);

}  // namespace lama::internal::patches

// Joins copies without steps in brightness or colour.
#pragma once

#include <vector>

#include "patches/montage.h"

namespace lama::internal::patches {

/// The level's picture with its missing pixels copied by `montage`. Steps at the copies' seams and
/// at the hole's edge are spread over the copies, so that the copies keep their gradients (Pérez et
/// al., "Poisson Image Editing", 2003) and shading continues. Steps too large for shading stay.
std::vector<float> blended(const Montage& montage);

}  // namespace lama::internal::patches

// Copies joined without steps in brightness or colour.
#pragma once

#include <vector>

#include "patches/montage.h"

namespace lama::patches {

/// The level's picture with its missing pixels copied as `montage` says, and steps at the copies'
/// seams and at the hole's edge spread over the copies: what is copied are gradients (Pérez et al.,
/// "Poisson Image Editing", 2003), so that shading goes on. Steps too large to be shading stay.
std::vector<float> blended(const Montage& montage);

}  // namespace lama::patches

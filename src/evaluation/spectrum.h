#pragma once

#include "image/mask.h"
#include "image/planes.h"

namespace lama::internal::evaluation {

/// How far the result's spectrum in the hole is from the truth's, in dB: the mean difference of
/// their powers at 1 to 15 waves per 32 pixels, averaged over directions and over all windows of
/// 32 x 32 pixels, 16 apart, of which at least three quarters are missing (brightness less its
/// mean, under a Hann window). Noise, blur and a grid all show in it, wherever they are. NaN where
/// no window is.
double spectrum_distance(const Planes& result, const Planes& truth, const Mask& hole);

}  // namespace lama::internal::evaluation

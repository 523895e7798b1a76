// Taking out of a network's answer the shade by which it misses what surrounds the hole.
#pragma once

#include <cstddef>

namespace lama {

/// How a fill meets what surrounds it.
enum class Matching {
  automatic,  ///< the network's error beside the hole is taken out of what it fills
  off,        ///< the network's answer as it is
};

/// Pixels around a hole in which a network's answer is compared with the picture: the first ones
/// are left out, because a tight mask leaves a halo of what goes.
constexpr int kMatchHalo = 3, kMatchRing = 12;

/// Corrects `prediction` (height x width x 3), a network's answer for pixels of which `truth`
/// (height x width x 4: red, green, blue and 1 where missing) are known in part. The answer's error
/// on the ring around the missing pixels, smoothed, is carried into them as a membrane and added.
/// Where the error has no direction, because texture is compared with its blur or an object with
/// none, it counts the less.
///
/// `scale` is the size of what the network saw to the picture's, at most 1: halo and ring are so
/// many pixels of the picture. Time and memory grow with the number of pixels. Thread-safety: pure.
void match_surroundings(float* prediction, const float* truth, std::size_t height,
                        std::size_t width, double scale);

/// The halo and the ring, in pixels of what the network sees.
int match_reach(double scale);

}  // namespace lama

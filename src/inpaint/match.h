// Corrects the shade of a network's answer by its error beside the hole.
#pragma once

#include <cstddef>

namespace lama::internal {

/// How a fill meets what surrounds it.
enum class Matching {
  automatic,  ///< subtract the network's error beside the hole
  off,        ///< keep the network's answer
};

/// Pixels around a hole for the comparison of a network's answer with the picture. The first ones
/// are left out, because a tight mask leaves a halo of the object.
constexpr int kMatchHalo = 3, kMatchRing = 12;

/// Corrects `prediction` (height x width x 3), a network's answer for pixels that `truth` (height x
/// width x 4: red, green, blue and 1 where missing) partly knows. Smooths the answer's error on the
/// ring around the missing pixels, carries it into them as a membrane, and corrects them by it.
/// Errors without a direction, as between a texture and its blur or an object and none, count less.
///
/// `scale` is the ratio of the network's size to the picture's, at most 1: halo and ring are that
/// many pixels of the picture. Time and memory grow with the number of pixels.
/// Thread-safety: pure.
void match_surroundings(float* prediction, const float* truth, std::size_t height,
                        std::size_t width, double scale);

/// Halo plus ring, in pixels of the network's view.
int match_reach(double scale);

}  // namespace lama::internal

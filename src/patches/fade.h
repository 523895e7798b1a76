// Hides hard steps at the edge of a hole.
#pragma once

#include <array>
#include <vector>

namespace lama::internal::patches {

/// By how much a pixel at the hole's edge should change to join what is known beside it.
struct EdgeStep {
  int x, y;
  std::array<float, 3> step;
};

/// Adds the weighted mean of near steps to `values` (height x width pixels of three interleaved):
/// whole at pixels with a step, and ever less farther from the nearest one.
void fade(const std::vector<EdgeStep>& steps, int width, int height, float* values);

/// At this many pixels nothing is left of a step. Far enough to hide the mask's staircase, and so
/// near that objects which the hole cuts do not fray.
constexpr int kFadeReach = 4;

}  // namespace lama::internal::patches

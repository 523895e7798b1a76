// A picture in the form of metrics and feature networks.
#pragma once

#include <cstddef>
#include <vector>

#include "image/image.h"

namespace lama::internal {

/// The planes R, G and B, one after the other, each row by row; values 0..1 as in the file (no
/// colour management, as in the published code).
struct Planes {
  int width = 0, height = 0;
  std::vector<float> values;  ///< 3 * pixels()

  std::size_t pixels() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  const float* plane(int channel) const {
    return values.data() + static_cast<std::size_t>(channel) * pixels();
  }
};

/// Repeats grey and leaves out alpha. Throws Error for CMYK.
Planes rgb_planes(const Image& image);

}  // namespace lama::internal

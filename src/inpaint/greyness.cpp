#include "inpaint/greyness.h"

#include <algorithm>
#include <cstddef>

namespace lama::internal {

bool known_is_grey(const Image& image, const Mask& missing) {
  constexpr float kNearly = 4.0F / 255;
  constexpr std::size_t kColouredOneIn = 1000;
  if (image.colour_model() != ColourModel::rgb) return false;
  const auto channels = static_cast<std::size_t>(image.channels());
  const float most = kNearly * static_cast<float>(image.max_value());
  return visit_samples(image, [&](const auto* pixel) {
    std::size_t known = 0, coloured = 0;
    for (std::size_t i = 0; i < image.pixels(); ++i, pixel += channels) {
      if (missing.missing[i] != 0 || (image.has_alpha() && !(pixel[3] > 0))) continue;
      ++known;
      const auto [low, high] = std::minmax({pixel[0], pixel[1], pixel[2]});
      if (static_cast<float>(high) - static_cast<float>(low) > most) ++coloured;
    }
    return known > 0 && coloured <= known / kColouredOneIn;
  });
}

}  // namespace lama::internal

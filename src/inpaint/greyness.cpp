#include "inpaint/greyness.h"

#include <algorithm>
#include <cstddef>

namespace lama::internal {

bool known_is_grey(const Image& image, const Mask& missing) {
  constexpr float kNearly = 4.0F / 255;
  constexpr std::size_t kColouredOneIn = 1000;
  if (image.colour_model() == ColourModel::grey) return false;
  const bool ink = image.colour_model() == ColourModel::cmyk;
  const std::size_t colours = ink ? 4 : 3;
  const auto channels = static_cast<std::size_t>(image.channels());
  const float most = kNearly * static_cast<float>(image.max_value());
  return visit_samples(image, [&](const auto* pixel) {
    std::size_t known = 0, coloured = 0;
    for (std::size_t i = 0; i < image.pixels(); ++i, pixel += channels) {
      if (missing.missing[i] != 0 || (image.has_alpha() && !(pixel[colours] > 0))) continue;
      ++known;
      const auto [low, high] = std::minmax({pixel[0], pixel[1], pixel[2]});
      // Equal inks are not grey, but brown.
      const float darkest = ink ? 0 : static_cast<float>(low);
      if (static_cast<float>(high) - darkest > most) ++coloured;
    }
    return known > 0 && coloured <= known / kColouredOneIn;
  });
}

}  // namespace lama::internal

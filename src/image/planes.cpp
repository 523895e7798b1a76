#include "image/planes.h"

#include "base/error.h"

namespace lama::internal {

Planes rgb_planes(const Image& image) {
  if (image.colour_model() == ColourModel::cmyk) {
    throw Error("a CMYK picture: metrics compare RGB and grey pictures");
  }
  Planes planes{image.width(), image.height(), std::vector<float>(3 * image.pixels())};
  const auto max = static_cast<float>(image.max_value());
  const int channels = image.channels();
  const bool grey = image.colour_model() == ColourModel::grey;
  visit_samples(image, [&](const auto* samples) {
    for (int c = 0; c < 3; ++c) {
      float* plane = planes.values.data() + static_cast<std::size_t>(c) * image.pixels();
      const auto* at = samples + (grey ? 0 : c);
      for (std::size_t i = 0; i < image.pixels(); ++i, at += channels) {
        plane[i] = static_cast<float>(*at) / max;
      }
    }
  });
  return planes;
}

}  // namespace lama::internal

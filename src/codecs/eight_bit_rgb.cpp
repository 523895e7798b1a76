#include "codecs/eight_bit_rgb.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace lama::internal::codecs {

Image eight_bit_rgb(const Picture& picture) {
  const Image converted = picture.colour ? picture.colour->to_srgb(picture.image) : Image();
  const Image& source = picture.colour ? converted : picture.image;
  if (source.depth() == Depth::u8 && source.channels() == 3) return source;
  Image image(source.width(), source.height(), 3, Depth::u8);
  auto* out = image.samples<std::uint8_t>();
  visit_samples(source, [&](const auto* samples) {
    const auto to_byte = [&](auto sample) {
      const double value = 255.0 * static_cast<double>(sample) / source.max_value();
      return static_cast<std::uint8_t>(std::lround(std::min(std::max(value, 0.0), 255.0)));
    };
    const bool grey = source.colour_channels() == 1;
    for (std::size_t i = 0; i < source.pixels(); ++i, samples += source.channels()) {
      for (int c = 0; c < 3; ++c) *out++ = to_byte(samples[grey ? 0 : c]);
    }
  });
  return image;
}

}  // namespace lama::internal::codecs

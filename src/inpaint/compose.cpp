#include "inpaint/compose.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace lama::internal {

Image picture_colours(Image rgb, const ColourConverter* colour) {
  if (colour == nullptr) return rgb;
  Image srgb(rgb.width(), rgb.height(), 3, Depth::u16);
  std::transform(rgb.samples<float>(), rgb.samples<float>() + 3 * rgb.pixels(),
                 srgb.samples<std::uint16_t>(), [](float value) {
                   // 0 for NaN too, which a network may answer.
                   return static_cast<std::uint16_t>(
                       value > 0 ? std::lround(std::min(value, 1.0F) * 65535) : 0);
                 });
  return colour->from_srgb(srgb);
}

void compose(Image& image, Mask& replaced, const Part& part, const std::vector<float>& cover,
             const Image& colours, bool grey, const InpaintOptions& options) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto given = static_cast<std::size_t>(colours.channels());
  const auto max = static_cast<float>(image.max_value());
  const bool to_luma = grey || (image.colour_model() == ColourModel::grey && given == 3);
  const std::size_t count = image.colour_model() == ColourModel::grey ? 1 : given;
  const float unit = 1 / static_cast<float>(colours.max_value());
  const auto paste = [&](auto* samples, const auto* source) {
    using Sample = std::remove_pointer_t<decltype(samples)>;
    const auto blend = [&](Sample& sample, float filled, float share) {
      // A share of 1 ignores the old value, which in floats may be NaN.
      float value = filled > 0 ? std::min(filled * max, max) * share : 0;  // 0 for NaN too
      if (share < 1) value += static_cast<float>(sample) * (1 - share);
      if constexpr (std::is_same_v<Sample, float>) {
        sample = value;
      } else {
        sample = static_cast<Sample>(options.published ? value : value + 0.5F);
      }
    };
    for (const Run& run : part.filled) {
      for (int x = run.begin; x < run.end; ++x) {
        const std::size_t from = part.seen.index(x, run.y);
        if (cover[from] <= 0) continue;
        const std::size_t at =
            static_cast<std::size_t>(run.y) * static_cast<std::size_t>(image.width()) +
            static_cast<std::size_t>(x);
        replaced.missing[at] = 1;
        Sample* pixel = samples + at * channels;
        const auto* filled = source + from * given;
        const auto value = [&](std::size_t c) { return static_cast<float>(filled[c]) * unit; };
        const float luma = to_luma ? 0.299F * value(0) + 0.587F * value(1) + 0.114F * value(2) : 0;
        for (std::size_t c = 0; c < count; ++c) {
          blend(pixel[c], to_luma ? luma : value(c), cover[from]);
        }
        if (options.opaque && image.has_alpha()) blend(pixel[channels - 1], 1, cover[from]);
      }
    }
  };
  visit_samples(image, [&](auto* samples) {
    visit_samples(colours, [&](const auto* source) { paste(samples, source); });
  });
}

}  // namespace lama::internal

#include "inpaint/compose.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <vector>

namespace lama::internal {
namespace {

float luma_of(float red, float green, float blue) {
  return 0.299F * red + 0.587F * green + 0.114F * blue;
}

/// The luma, from 0 to 1, of black ink in equal steps from none to all. It never rises, whatever
/// the profile says.
std::vector<float> lumas_of_black(const ColourConverter& colour) {
  constexpr int kSteps = 256;
  Image ramp(kSteps, 1, ColourModel::cmyk, false, Depth::u16);
  for (int i = 0; i < kSteps; ++i) {
    ramp.samples<std::uint16_t>()[4 * i + 3] = static_cast<std::uint16_t>(i * 65535 / (kSteps - 1));
  }
  const Image srgb = colour.to_srgb(ramp);
  std::vector<float> lumas;
  float last = 1;
  for (int i = 0; i < kSteps; ++i) {
    const std::uint16_t* pixel = srgb.samples<std::uint16_t>() + std::ptrdiff_t{3} * i;
    last = std::min(last, luma_of(pixel[0], pixel[1], pixel[2]) / 65535);
    lumas.push_back(last);
  }
  return lumas;
}

}  // namespace

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

Image black_ink(const Image& rgb, const ColourConverter& colour) {
  const std::vector<float> lumas = lumas_of_black(colour);
  const auto steps = static_cast<float>(lumas.size() - 1);
  Image ink(rgb.width(), rgb.height(), ColourModel::cmyk, false, Depth::u16);
  const float* pixel = rgb.samples<float>();
  std::uint16_t* black = ink.samples<std::uint16_t>() + 3;
  for (std::size_t i = 0; i < rgb.pixels(); ++i, pixel += 3, black += 4) {
    const float given = luma_of(pixel[0], pixel[1], pixel[2]);
    const float luma = given > 0 ? given : 0;  // 0 for NaN too, which a network may answer
    // The first step that is as dark.
    const auto dark = std::lower_bound(lumas.begin(), lumas.end(), luma, std::greater<>());
    auto step = static_cast<float>(dark - lumas.begin());
    if (dark == lumas.end()) {
      step = steps;
    } else if (dark != lumas.begin()) {
      step -= (luma - *dark) / (dark[-1] - *dark);  // between two steps
    }
    *black = static_cast<std::uint16_t>(std::lround(step / steps * 65535));
  }
  return ink;
}

void compose(Image& image, Mask& replaced, const Part& part, const std::vector<float>& cover,
             const Image& colours, bool grey, const InpaintOptions& options) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto given = static_cast<std::size_t>(colours.channels());
  const auto max = static_cast<float>(image.max_value());
  const bool to_luma = given == 3 && (grey || image.colour_model() == ColourModel::grey);
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
        const float luma = to_luma ? luma_of(value(0), value(1), value(2)) : 0;
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

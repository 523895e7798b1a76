#include "codecs/associated_alpha.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace lama::internal::codecs {
namespace {

/// Calls `change` with every colour sample and its alpha, if alpha is not 0.
template <typename Change>
void change_colours(Image& image, const Change& change) {
  const auto channels = static_cast<std::size_t>(image.channels());
  visit_samples(image, [&](auto* samples) {
    for (std::size_t i = 0; i < image.pixels(); ++i, samples += channels) {
      const auto alpha = samples[channels - 1];
      if (!(alpha > 0)) continue;
      for (std::size_t c = 0; c + 1 < channels; ++c) samples[c] = change(samples[c], alpha);
    }
  });
}

}  // namespace

void divide_by_alpha(Image& image) {
  const auto max = static_cast<std::uint64_t>(image.max_value());
  change_colours(image, [max](auto colour, auto alpha) {
    using Sample = decltype(colour);
    if constexpr (std::is_same_v<Sample, float>) {
      const float quotient = colour / alpha;
      // Of the neighbouring floats, take the one that multiplication turns into the old value.
      for (const float candidate :
           {std::nextafter(quotient, 0.0F), std::nextafter(quotient, 2 * quotient)}) {
        if (quotient * alpha != colour && candidate * alpha == colour) return candidate;
      }
      return quotient;
    } else {
      return static_cast<Sample>(std::min((colour * max + alpha / 2) / alpha, max));
    }
  });
}

void multiply_by_alpha(Image& image) {
  const auto max = static_cast<std::uint64_t>(image.max_value());
  change_colours(image, [max](auto colour, auto alpha) {
    using Sample = decltype(colour);
    if constexpr (std::is_same_v<Sample, float>) {
      return colour * alpha;
    } else {
      return static_cast<Sample>((std::uint64_t{colour} * alpha + max / 2) / max);
    }
  });
}

}  // namespace lama::internal::codecs

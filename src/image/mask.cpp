#include "image/mask.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lama {
namespace {

/// Pillow's fixed-point luma, on 8 or 16 bits.
std::uint32_t luma(std::uint32_t red, std::uint32_t green, std::uint32_t blue) {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

constexpr float kFar = std::numeric_limits<float>::infinity();

/// One dimension of the squared distance transform: the lower envelope of the parabolas
/// (x - i)^2 + values[i * step], written back in place.
class Envelope {
 public:
  explicit Envelope(std::size_t longest) : peak_(longest), begin_(longest + 1), copy_(longest) {}

  void apply(float* values, std::size_t count, std::size_t step) {
    std::size_t parabolas = 0;
    for (std::size_t i = 0; i < count; ++i) {
      copy_[i] = values[i * step];
      if (copy_[i] == kFar) continue;
      double from = -std::numeric_limits<double>::infinity();
      while (parabolas > 0) {
        from = crossing(peak_[parabolas - 1], i);
        if (from > begin_[parabolas - 1]) break;
        --parabolas;
        from = -std::numeric_limits<double>::infinity();
      }
      peak_[parabolas] = i;
      begin_[parabolas] = from;
      ++parabolas;
    }
    if (parabolas == 0) return;
    std::size_t k = 0;
    for (std::size_t i = 0; i < count; ++i) {
      while (k + 1 < parabolas && begin_[k + 1] < static_cast<double>(i)) ++k;
      const double d = static_cast<double>(i) - static_cast<double>(peak_[k]);
      values[i * step] = static_cast<float>(d * d + copy_[peak_[k]]);
    }
  }

 private:
  /// Where the parabola at j > i takes over from the one at i.
  double crossing(std::size_t i, std::size_t j) const {
    const auto x = static_cast<double>(i), y = static_cast<double>(j);
    return ((y * y + copy_[j]) - (x * x + copy_[i])) / (2 * (y - x));
  }

  std::vector<std::size_t> peak_;
  std::vector<double> begin_;
  std::vector<float> copy_;
};

}  // namespace

std::size_t Mask::count() const {
  return static_cast<std::size_t>(std::count(missing.begin(), missing.end(), 1));
}

Mask mask_from(const Image& image, MaskRule rule) {
  Mask mask{image.width(), image.height(), std::vector<std::uint8_t>(image.pixels())};
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto max = static_cast<std::uint32_t>(image.max_value());
  visit_samples(image, [&](const auto* samples) {
    for (std::size_t i = 0; i < mask.missing.size(); ++i, samples += channels) {
      std::uint32_t value = samples[0];
      if (channels >= 3) value = luma(samples[0], samples[1], samples[2]);
      // Products of 16-bit values fit 32 bits.
      if (image.has_alpha() && rule != MaskRule::any)
        value = (value * samples[channels - 1] + max / 2) / max;
      mask.missing[i] = rule == MaskRule::any ? value > 0 : 2 * value > max;
    }
  });
  return mask;
}

std::vector<float> distance_to_hole(const Mask& mask) {
  const auto width = static_cast<std::size_t>(mask.width);
  const auto height = static_cast<std::size_t>(mask.height);
  std::vector<float> distance(mask.missing.size());
  std::transform(mask.missing.begin(), mask.missing.end(), distance.begin(),
                 [](std::uint8_t missing) { return missing != 0 ? 0.0F : kFar; });
  Envelope envelope(std::max(width, height));
  for (std::size_t y = 0; y < height; ++y) envelope.apply(distance.data() + y * width, width, 1);
  for (std::size_t x = 0; x < width; ++x) envelope.apply(distance.data() + x, height, width);
  for (float& d : distance) d = std::sqrt(d);
  return distance;
}

Mask dilate(const Mask& mask, int radius) {
  if (radius == 0) return mask;
  Mask grown = mask;
  const std::vector<float> distance = distance_to_hole(mask);
  for (std::size_t i = 0; i < distance.size(); ++i) {
    grown.missing[i] = distance[i] <= static_cast<float>(radius);
  }
  return grown;
}

}  // namespace lama

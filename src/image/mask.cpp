#include "image/mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>

#include "base/error.h"
#include "image/nearest.h"

namespace lama::internal {
namespace {

/// Pillow's fixed-point luma, on 8 or 16 bits.
std::uint32_t luma(std::uint32_t red, std::uint32_t green, std::uint32_t blue) {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

/// Integers unchanged; floats as 16-bit integers.
std::uint32_t level(std::uint8_t sample) { return sample; }
std::uint32_t level(std::uint16_t sample) { return sample; }
std::uint32_t level(float sample) {
  return sample > 0 ? static_cast<std::uint32_t>(std::lround(std::min(sample, 1.0F) * 65535)) : 0;
}

std::uint32_t full(Depth depth) { return depth == Depth::u8 ? 255 : 65535; }

/// The pixel's brightness, at most `max`, without regard to opacity.
template <typename Sample>
std::uint32_t brightness(const Sample* pixel, ColourModel model, std::uint32_t max) {
  if (model == ColourModel::grey) return level(pixel[0]);
  if (model == ColourModel::rgb) return luma(level(pixel[0]), level(pixel[1]), level(pixel[2]));
  // The light that black ink leaves.
  const std::uint32_t white = max - std::min(max, level(pixel[3]));
  const auto left = [&](int c) { return (max - level(pixel[c])) * white / max; };
  return luma(left(0), left(1), left(2));
}

/// One value per pixel from `value_of`(pixel's first sample).
template <typename ValueOf>
std::vector<std::uint32_t> values(const Image& image, ValueOf&& value_of) {
  std::vector<std::uint32_t> result(image.pixels());
  visit_samples(image, [&](const auto* samples) {
    for (std::uint32_t& value : result) {
      value = value_of(samples);
      samples += image.channels();
    }
  });
  return result;
}

std::vector<std::uint32_t> opacity(const Image& image) {
  return values(image, [last = image.channels() - 1](const auto* p) { return level(p[last]); });
}

std::vector<std::uint32_t> luma_on_black(const Image& image) {
  const std::uint32_t max = full(image.depth());
  return values(image, [&](const auto* pixel) {
    const std::uint32_t value = brightness(pixel, image.colour_model(), max);
    // Products of 16-bit values fit 32 bits.
    return image.has_alpha() ? (value * level(pixel[image.channels() - 1]) + max / 2) / max : value;
  });
}

bool all_equal(const std::vector<std::uint32_t>& list) {
  return std::adjacent_find(list.begin(), list.end(), std::not_equal_to<>()) == list.end();
}

/// The values of the channel that MaskChannel selects.
std::vector<std::uint32_t> mask_values(const Image& image, MaskChannel channel) {
  if (channel == MaskChannel::alpha) return opacity(image);
  if (channel == MaskChannel::automatic && image.has_alpha()) {
    const std::uint32_t max = full(image.depth());
    std::vector<std::uint32_t> alpha = opacity(image);
    const auto shades = values(
        image, [&](const auto* pixel) { return brightness(pixel, image.colour_model(), max); });
    // Strokes of one colour, nearly: only what shows of a difference counts, because lossy formats
    // shift colours, and canvases round those of soft edges coarsely. Unpainted pixels may have any
    // colour below their transparency. Products of 16-bit values fit 32 bits.
    const std::uint32_t painted = shades[static_cast<std::size_t>(
        std::max_element(alpha.begin(), alpha.end()) - alpha.begin())];
    const bool one_colour = std::equal(
        shades.begin(), shades.end(), alpha.begin(), [&](std::uint32_t shade, std::uint32_t shown) {
          return (std::max(shade, painted) - std::min(shade, painted)) * shown <= max / 8 * max;
        });
    if (one_colour && !all_equal(alpha)) return alpha;
  }
  return luma_on_black(image);
}

template <typename IsMissing>
Mask mask_where(const Image& image, const std::vector<std::uint32_t>& list, IsMissing&& missing) {
  Mask mask{image.width(), image.height(), std::vector<std::uint8_t>(image.pixels())};
  std::transform(list.begin(), list.end(), mask.missing.begin(),
                 [&](std::uint32_t value) { return static_cast<std::uint8_t>(missing(value)); });
  return mask;
}

/// Few holes take so much of a picture: a mask that marks more may be meant the other way round.
constexpr double kDoubtfulShare = 0.8;

constexpr float kFarthest = std::numeric_limits<float>::infinity();

/// One dimension of the squared distance transform: the lower envelope of the parabolas
/// (x - i)^2 + values[i * step], written back in place.
class Envelope {
 public:
  explicit Envelope(std::size_t longest) : peak_(longest), begin_(longest + 1), copy_(longest) {}

  void apply(float* values, std::size_t count, std::size_t step) {
    std::size_t parabolas = 0;
    for (std::size_t i = 0; i < count; ++i) {
      copy_[i] = values[i * step];
      if (copy_[i] == kFarthest) continue;
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
  /// The position from which the parabola at j > i is lower than the one at i.
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

void require_same_size(PixelSize picture, PixelSize mask, const PictureAndMask& names,
                       const std::string& remedy) {
  if (mask == picture) return;
  const bool turned = mask.width == picture.height && mask.height == picture.width;
  throw UnfitMask(fmt::format("{} is {} x {} pixels and {} {} x {}: {}", names.picture,
                              picture.width, picture.height, names.mask, mask.width, mask.height,
                              turned ? "one of them is turned sideways: turn the mask" : remedy));
}

Mask mask_from(const Image& image, const MaskOptions& options, const std::string& name) {
  if (!(options.threshold > 0 && options.threshold <= 1)) {
    throw Error(
        fmt::format("the mask's threshold is above 0 and at most 1, not {}", options.threshold));
  }
  if (options.channel == MaskChannel::alpha && !image.has_alpha()) {
    throw UnfitMask(name + " has no alpha channel");
  }
  const double least = options.threshold * full(image.depth());
  return mask_where(image, mask_values(image, options.channel), [&](std::uint32_t value) {
    return (static_cast<double>(value) >= least) != options.invert;
  });
}

Mask published_mask_from(const Image& image) {
  const std::uint32_t max = full(image.depth());
  const auto value = [&](const auto* p) { return brightness(p, image.colour_model(), max); };
  return mask_where(image, values(image, value), [](std::uint32_t v) { return v > 0; });
}

Image picture_of(const Mask& mask) {
  Image image(mask.width, mask.height, 1, Depth::u8);
  std::transform(mask.missing.begin(), mask.missing.end(), image.bytes().begin(),
                 [](std::uint8_t missing) { return static_cast<std::uint8_t>(missing * 255); });
  return image;
}

Mask transparent_part(const Image& image, const std::string& name) {
  if (!image.has_alpha()) throw UnfitMask(name + " has no transparent part: it has no alpha");
  const std::uint32_t max = full(image.depth());
  return mask_where(image, opacity(image), [&](std::uint32_t v) { return 2 * v < max; });
}

std::vector<std::string> doubts_about_mask(const Image& image, const MaskOptions* options,
                                           const std::string& name,
                                           const MaskOptionNames& option_names) {
  std::vector<std::string> doubts;
  const std::uint32_t max = full(image.depth());
  const auto list = mask_values(image, options ? options->channel : MaskChannel::automatic);
  // Masks, even blurred ones, are mostly black and white; a JPEG's noise stays near these ends.
  const auto between = std::count_if(list.begin(), list.end(), [max](std::uint32_t value) {
    return value > max / 8 && value < max - max / 8;
  });
  // A mask of one grey is deliberate.
  if (2 * static_cast<std::size_t>(between) > list.size() && !all_equal(list)) {
    // A photo with an erased part.
    const bool erased = options != nullptr && options->channel == MaskChannel::automatic &&
                        image.has_alpha() && !all_equal(opacity(image));
    doubts.push_back(
        fmt::format("{} has many shades, like a photo and unlike a mask: is it the mask?{}", name,
                    erased && !option_names.alpha.empty()
                        ? fmt::format(" If its transparent part is the hole, use {} {}",
                                      option_names.alpha, option_names.invert)
                        : ""));
  }
  if (options == nullptr || options->invert) return doubts;
  const double most = double{1} * *std::max_element(list.begin(), list.end()) / max;
  if (most > 0 && most < options->threshold) {
    doubts.push_back(
        fmt::format("{} is not black, but nowhere brighter than {:.3g} % of white; holes begin at "
                    "{:.3g} %: lower {}",
                    name, 100 * most, 100 * options->threshold, option_names.threshold));
  }
  const auto reach_threshold = [&](const std::vector<std::uint32_t>& samples) {
    return static_cast<std::size_t>(
        std::count_if(samples.begin(), samples.end(), [&](std::uint32_t value) {
          return static_cast<double>(value) >= options->threshold * max;
        }));
  };
  const std::size_t marked = reach_threshold(list);
  if (marked == image.pixels()) return doubts;
  const double share = static_cast<double>(marked) / static_cast<double>(image.pixels());
  // Editors that mark by erasing, and ComfyUI, make the hole transparent and the rest opaque.
  if (image.has_alpha() && share > 0.5 && marked == reach_threshold(opacity(image))) {
    doubts.push_back(
        fmt::format("{} marks its opaque part, {:.3g} % of the picture: if its transparent part is "
                    "the hole, use {}",
                    name, 100 * share, option_names.invert));
  } else if (share >= kDoubtfulShare) {
    doubts.push_back(
        fmt::format("{} marks {:.3g} % of the picture: if its black part is the hole, use {}", name,
                    100 * share, option_names.invert));
  }
  return doubts;
}

Mask resize(const Mask& mask, int width, int height) {
  const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  Mask result{width, height, std::vector<std::uint8_t>(size)};
  std::size_t at = 0;
  for (int y = 0; y < height; ++y) {
    const auto* row =
        mask.missing.data() + std::ptrdiff_t{nearest(y, height, mask.height)} * mask.width;
    for (int x = 0; x < width; ++x) result.missing[at++] = row[nearest(x, width, mask.width)];
  }
  return result;
}

std::vector<float> distance_to_hole(const Mask& mask) {
  const auto width = static_cast<std::size_t>(mask.width);
  const auto height = static_cast<std::size_t>(mask.height);
  std::vector<float> distance(mask.missing.size());
  std::transform(mask.missing.begin(), mask.missing.end(), distance.begin(),
                 [](std::uint8_t missing) { return missing != 0 ? 0.0F : kFarthest; });
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

}  // namespace lama::internal

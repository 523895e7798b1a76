#include "inpaint/seen.h"

#include <algorithm>

#include "image/crop.h"
#include "image/resize.h"

namespace lama::internal {
namespace {

/// The weight of the fill in each pixel of `seen`: 1 in the grown hole, falling towards 0 over the
/// `feather` pixels around it, and 0 beyond. Holes outside of `seen` may reach into it.
std::vector<float> coverage(const Mask& mask, const Box& seen, const InpaintOptions& options) {
  const Box near = grown(seen, options.dilate + options.feather, {0, 0, mask.width, mask.height});
  const std::vector<float> distance = distance_to_hole(dilate(crop(mask, near), options.dilate));
  const auto width = static_cast<float>(options.feather);
  std::vector<float> cover;
  cover.reserve(seen.pixels());
  for (int y = seen.y; y < seen.bottom(); ++y) {
    for (int x = seen.x; x < seen.right(); ++x) {
      const float away = distance[near.index(x, y)];
      cover.push_back(away > width ? 0 : 1 - away / (width + 1));
    }
  }
  return cover;
}

/// The colours of `image` in sRGB from 0 to 1.
Image srgb_colours(const Image& image, const ColourConverter* colour) {
  if (colour != nullptr) return srgb_colours(colour->to_srgb(image), nullptr);
  Image rgb(image.width(), image.height(), 3, Depth::f32);
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t blue = image.colour_model() == ColourModel::grey ? 0 : 2, green = blue / 2;
  const auto max = static_cast<float>(image.max_value());
  visit_samples(image, [&](const auto* samples) {
    auto* out = rgb.samples<float>();
    for (std::size_t i = 0; i < image.pixels(); ++i, samples += channels) {
      for (const std::size_t c : {std::size_t{0}, green, blue}) {
        // Divide, do not multiply by 1 / max: the network must get the published values exactly.
        const float value = static_cast<float>(samples[c]) / max;
        *out++ = value > 0 ? std::min(value, 1.0F) : 0;  // 0 for NaN too
      }
    }
  });
  return rgb;
}

/// Hides every pixel that is replaced even in part, because a soft edge may still show the object,
/// and every transparent pixel. Shows what earlier parts replaced entirely.
std::vector<std::uint8_t> hidden(const Image& image, const std::vector<float>& cover,
                                 const Mask& replaced, bool published) {
  std::vector<std::uint8_t> result(cover.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const bool filled = replaced.missing[i] != 0 && cover[i] >= 1;
    result[i] = static_cast<std::uint8_t>(cover[i] > 0 && !filled);
  }
  if (image.has_alpha() && !published) {
    const auto channels = static_cast<std::size_t>(image.channels());
    visit_samples(image, [&](const auto* samples) {
      for (std::size_t i = 0; i < result.size(); ++i) {
        if (!(samples[(i + 1) * channels - 1] > 0)) result[i] = 1;
      }
    });
  }
  return result;
}

}  // namespace

Seen look(const Image& image, const Mask& mask, const Mask& replaced, const Part& part,
          const InpaintOptions& options) {
  Seen seen;
  const Image part_of_image = crop(image, part.seen);
  seen.cover = coverage(mask, part.seen, options);
  seen.missing = hidden(part_of_image, seen.cover, crop(replaced, part.seen), options.published);
  seen.rgb = srgb_colours(part_of_image, options.colour);
  return seen;
}

bool replaces_any(const Part& part, const Seen& seen) {
  return std::any_of(part.filled.begin(), part.filled.end(), [&](const Run& run) {
    const auto first =
        seen.cover.begin() + static_cast<std::ptrdiff_t>(part.seen.index(run.begin, run.y));
    return std::any_of(first, first + (run.end - run.begin), [](float c) { return c > 0; });
  });
}

void shrink_view(Image& rgb, std::vector<std::uint8_t>& missing, PixelSize size) {
  const PixelSize whole{rgb.width(), rgb.height()};
  if (size == whole) return;
  missing = shrink_marks(missing, whole, size);
  rgb = shrink(rgb, size.width, size.height);
}

}  // namespace lama::internal

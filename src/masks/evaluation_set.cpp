#include "masks/evaluation_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "image/crop.h"
#include "image/pillow_resize.h"

namespace lama::internal::masks {
namespace {

/// Of a scaled picture. Enough for out_min_size 10000 and any camera. A very narrow picture, whose
/// length grows as much as its width, would otherwise take all memory.
constexpr double kMaxScaledPixels = 1 << 28;

/// The start of a square crop on the longer side. The square is as large as the smaller side and
/// overlaps the hole (published propose_random_square_crop).
int draw_square(const Mask& mask, double min_overlap, NumpyRandom& draw) {
  const bool wide = mask.height < mask.width;
  const int size = std::min(mask.width, mask.height);
  const int room = std::max(mask.width, mask.height) - size;
  const Box hole = bounds_of(mask);
  const int first = wide ? hole.x : hole.y, last = (wide ? hole.right() : hole.bottom()) - 1;
  const double reach = first + (last - first) * min_overlap;
  const double low = std::max(0.0, std::min(room - 1.0, reach - size));
  const double high = std::max(low + 1, std::min<double>(room, reach));
  return static_cast<int>(
      draw.randint(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)));
}

}  // namespace

std::vector<Pair> make_pairs(const Image& picture, const LabelMap* labels,
                             const MaskGenerator& generator, const SetOptions& options,
                             Random& random) {
  const int smaller = std::min(picture.width(), picture.height());
  if (smaller < options.out_min_size && options.drop_small) return {};
  const double factor = static_cast<double>(options.out_min_size) / smaller;
  const double width = std::nearbyint(picture.width() * factor),
               height = std::nearbyint(picture.height() * factor);
  if (width * height > kMaxScaledPixels) {
    throw Error(fmt::format(
        "{} x {} pixels would become {:.0f} x {:.0f} with out_min_size {}, more than {:.0f} pixels "
        "in all",
        picture.width(), picture.height(), width, height, options.out_min_size, kMaxScaledPixels));
  }
  const Image image = resize_as_pillow(picture, static_cast<int>(width), static_cast<int>(height));
  LabelMap scaled_labels;
  if (labels != nullptr) scaled_labels = resize(*labels, image.width(), image.height());

  struct Candidate {
    int x, y;
    Mask mask;
  };
  std::vector<Candidate> suitable;
  const MaskRequest request{.width = image.width(),
                            .height = image.height(),
                            .image = &image,
                            .labels = labels != nullptr ? &scaled_labels : nullptr};
  for (Mask& mask : generator.make_many(request, options.variants_n, random)) {
    if (mask.count() == 0) continue;
    int x = 0, y = 0;
    if (options.out_square_crop) {
      const int size = std::min(mask.width, mask.height);
      (mask.height < mask.width ? x : y) =
          draw_square(mask, options.crop_min_overlap, random.numpy);
      mask = crop(mask, {x, y, size, size});
    }
    const auto area = static_cast<double>(mask.count()) / static_cast<double>(mask.missing.size());
    if (mask.count() > 0 && area <= options.max_tamper_area) {
      suitable.push_back({x, y, std::move(mask)});
    }
  }
  const std::size_t number =
      std::min(suitable.size(), static_cast<std::size_t>(options.max_masks_per_image));
  std::vector<Pair> pairs;
  for (const std::size_t i : random.numpy.choice_without_replacement(suitable.size(), number)) {
    Candidate& chosen = suitable[i];
    Image part = crop(image, {chosen.x, chosen.y, chosen.mask.width, chosen.mask.height});
    pairs.push_back({std::move(part), std::move(chosen.mask)});
  }
  return pairs;
}

}  // namespace lama::internal::masks

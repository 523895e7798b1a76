#include "masks/outpainting.h"

#include <fmt/format.h>

#include <numeric>

#include "base/error.h"
#include "base/seed.h"

namespace lama::internal::masks {

Mask OutpaintingMasks::make(const MaskRequest& request, Random& random) const {
  if (!options_.is_fixed_randomness) return draw_mask(request, random.numpy);
  if (request.image == nullptr) throw Error("is_fixed_randomness needs the picture");
  const auto& bytes = request.image->bytes();
  NumpyRandom draw(derived_seed(0, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  return draw_mask(request, draw);
}

Mask OutpaintingMasks::draw_mask(const MaskRequest& request, NumpyRandom& draw) const {
  Mask mask = known_everywhere(request);
  const auto padding = [&](int size) {
    const auto low = static_cast<std::int64_t>(options_.min_padding_percent * size);
    const auto high = static_cast<std::int64_t>(options_.max_padding_percent * size);
    if (low >= high) {
      throw Error(fmt::format("{} pixels are too few for bands of {} to {} of them", size,
                              options_.min_padding_percent, options_.max_padding_percent));
    }
    return static_cast<double>(draw.randint(low, high)) / size;
  };
  // As published, each width is drawn for the picture's other side.
  const double left = padding(mask.height), top = padding(mask.width);
  const double right = padding(mask.height), bottom = padding(mask.width);
  struct Band {
    double y0, x0, y1, x1;
  };
  const std::array<Band, 4> bands = {
      {{0, 0, 1, left}, {0, 0, top, 1}, {0, 1 - right, 1, 1}, {1 - bottom, 0, 1, 1}}};
  const auto apply = [&](const Band& band) {
    const auto pixels = [](double share, int size) {
      return static_cast<std::int64_t>(share * size);
    };
    set_slice(mask, pixels(band.y0, mask.height), pixels(band.y1, mask.height),
              pixels(band.x0, mask.width), pixels(band.x1, mask.width));
  };
  bool any = false;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    if (draw.random() < options_.padding_probs[i]) {
      any = true;
      apply(bands[i]);
    }
  }
  if (!any) {
    std::array<double, 4> shares = options_.padding_probs;
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double& share : shares) share /= sum;
    apply(bands[draw.choice(shares)]);
  }
  return mask;
}

}  // namespace lama::internal::masks

#include "inpaint/network_fill.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "image/interpolate.h"
#include "image/mirrored.h"
#include "image/resize.h"
#include "inpaint/match.h"

namespace lama::internal {
namespace {

using engine::Region;
using engine::Tensor;

/// Red, green, blue, with missing pixels in the form of the network's training, and the mask (paper
/// section 2), at the size of `part`.
Tensor network_input(Image rgb, std::vector<std::uint8_t> missing, const Part& part,
                     const Backend& network) {
  shrink_view(rgb, missing, part.size());
  const auto width = static_cast<std::size_t>(part.width);
  const auto height = static_cast<std::size_t>(part.height);
  const bool shows_missing = network.config.missing_pixels == model::MissingPixels::interpolated;
  if (shows_missing) {
    interpolate_missing(rgb.samples<float>(), height, width, 3, missing.data());
  }
  const PixelSize size = padded(part.size(), network.sizes);
  Tensor input(1, size.height, size.width, 4);
  float* out = input.data();
  for (std::size_t y = 0; y < input.height(); ++y) {
    const std::size_t row = mirrored_index(y, height) * width;
    for (std::size_t x = 0; x < input.width(); ++x, out += 4) {
      const std::size_t i = row + mirrored_index(x, width);
      const float* pixel = rgb.samples<float>() + 3 * i;
      const bool known = missing[i] == 0;
      for (std::size_t c = 0; c < 3; ++c) out[c] = known || shows_missing ? pixel[c] : 0;
      out[3] = known ? 0 : 1;
    }
  }
  return input;
}

/// The ratio of the network's size of `part` to the picture's.
double scale_of(const Part& part) { return double{1} * part.width / part.seen.width; }

/// The pixels of the network's answer that compose() needs, and `reach` more on every side.
Region wanted_output(const std::vector<float>& cover, const Part& part, int reach) {
  struct Line {
    int begin, end;
  };
  Line rows{part.hole.bottom(), part.hole.y}, columns{part.hole.right(), part.hole.x};
  for (const Run& run : part.filled) {
    const float* covered = cover.data() + part.seen.index(run.begin, run.y);
    for (int x = run.begin; x < run.end; ++x) {
      if (*covered++ <= 0) continue;
      rows = {std::min(rows.begin, run.y), std::max(rows.end, run.y + 1)};
      columns = {std::min(columns.begin, x), std::max(columns.end, x + 1)};
    }
  }
  // enlarge() needs two more pixels on either side.
  const auto scaled = [](Line line, int first, int seen, int size) -> Line {
    if (size == seen) return {line.begin - first, line.end - first};
    const double scale = static_cast<double>(size) / seen;
    const auto at = [&](int i) {
      return static_cast<int>(std::floor((i - first + 0.5) * scale - 0.5));
    };
    return {std::max(0, at(line.begin) - 1), std::min(size, at(line.end - 1) + 3)};
  };
  rows = scaled(rows, part.seen.y, part.seen.height, part.height);
  columns = scaled(columns, part.seen.x, part.seen.width, part.width);
  rows = {std::max(0, rows.begin - reach), std::min(part.height, rows.end + reach)};
  columns = {std::max(0, columns.begin - reach), std::min(part.width, columns.end + reach)};
  const auto position = [](int i) { return static_cast<std::size_t>(i); };
  return {position(rows.begin), position(columns.begin), position(rows.end - rows.begin),
          position(columns.end - columns.begin)};
}

/// A network's input inside `wanted`: red, green, blue and the mask.
std::vector<float> cut(const Tensor& input, const Region& wanted) {
  std::vector<float> result;
  result.reserve(4 * wanted.pixels());
  for (std::size_t y = 0; y < wanted.height; ++y) {
    const float* line = input.data() + ((wanted.y + y) * input.width() + wanted.x) * 4;
    result.insert(result.end(), line, line + 4 * wanted.width);
  }
  return result;
}

/// Adds the colours of the input to the answer, for networks that predict the difference.
void add_colours(Tensor& prediction, const std::vector<float>& input) {
  for (std::size_t i = 0; i < input.size() / 4; ++i) {
    for (std::size_t c = 0; c < 3; ++c) prediction.data()[3 * i + c] += input[4 * i + c];
  }
}

/// The network's answer at the size of the network's view of `part`, black outside of `wanted`.
Image network_output(const Tensor& prediction, const Region& wanted, const Part& part) {
  Image rgb(part.width, part.height, 3, Depth::f32);
  for (std::size_t y = 0; y < wanted.height; ++y) {
    const std::size_t at = (wanted.y + y) * static_cast<std::size_t>(part.width) + wanted.x;
    std::copy_n(prediction.view().pixel(y * wanted.width), 3 * wanted.width,
                rgb.samples<float>() + 3 * at);
  }
  return part.scaled() ? enlarge(rgb, part.seen.width, part.seen.height) : rgb;
}

}  // namespace

PixelSize padded(PixelSize picture, const model::InputSizes& sizes) {
  const auto side = [&](int size) {
    return std::max(sizes.least, (size + sizes.multiple - 1) / sizes.multiple * sizes.multiple);
  };
  const PixelSize size{side(picture.width), side(picture.height)};
  const int longest = std::max(size.width, size.height);
  return sizes.square ? PixelSize{longest, longest} : size;
}

Image fill_by_network(const Backend& network, Seen& seen, bool keeps_seen, const Part& part,
                      const InpaintOptions& options, const engine::Observer& observer) {
  Tensor input =
      network_input(keeps_seen ? seen.rgb : std::move(seen.rgb), seen.missing, part, network);
  const bool matched = !options.published && options.match == Matching::automatic;
  const Region wanted = wanted_output(seen.cover, part, matched ? match_reach(scale_of(part)) : 0);
  const bool difference = network.config.missing_pixels == model::MissingPixels::interpolated;
  const std::vector<float> shown =
      difference || matched ? cut(input, wanted) : std::vector<float>();
  Tensor prediction = network.forward(std::move(input), wanted, observer);
  if (difference) add_colours(prediction, shown);
  if (matched) {
    match_surroundings(prediction.data(), shown.data(), wanted.height, wanted.width,
                       scale_of(part));
  }
  return network_output(prediction, wanted, part);
}

std::size_t network_fill_bytes(const Backend& network, const Part& part) {
  const PixelSize size = padded(part.size(), network.sizes);
  return network.peak_bytes(1, size.height, size.width);
}

}  // namespace lama::internal

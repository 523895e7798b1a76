#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace lama::internal {
namespace {

/// The source positions of one result position: consecutive ones from `first`, with weights that
/// sum to 1.
struct Window {
  std::size_t first;
  std::vector<float> weights;
};

std::vector<Window> area_windows(int from, int to) {
  std::vector<Window> windows;
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double begin = i * scale, end = std::min((i + 1) * scale, static_cast<double>(from));
    Window window{static_cast<std::size_t>(begin), {}};
    for (auto at = static_cast<int>(window.first); at < end; ++at) {
      const double covered = std::min(end, at + 1.0) - std::max(begin, static_cast<double>(at));
      window.weights.push_back(static_cast<float>(covered / (end - begin)));
    }
    windows.push_back(std::move(window));
  }
  return windows;
}

double keys(double distance) {
  const double x = std::abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

std::vector<Window> cubic_windows(int from, int to) {
  std::vector<Window> windows;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * from / to - 0.5;
    const int left = static_cast<int>(std::floor(centre)) - 1;
    const int first = std::max(left, 0), end = std::min(left + 4, from);
    double sum = 0;
    for (int at = first; at < end; ++at) sum += keys(centre - at);
    Window window{static_cast<std::size_t>(first), {}};
    for (int at = first; at < end; ++at) {
      window.weights.push_back(static_cast<float>(keys(centre - at) / sum));
    }
    windows.push_back(std::move(window));
  }
  return windows;
}

/// Rows first, then columns: each result row needs only the source rows under its window.
Image resample(const Image& image, const std::vector<Window>& columns,
               const std::vector<Window>& rows) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t line = static_cast<std::size_t>(image.width()) * channels;
  Image result(static_cast<int>(columns.size()), static_cast<int>(rows.size()),
               image.colour_model(), image.has_alpha(), Depth::f32);
  std::vector<float> mixed(line);
  auto* out = result.samples<float>();
  for (const Window& row : rows) {
    std::fill(mixed.begin(), mixed.end(), 0.0F);
    const auto* source = image.samples<float>() + row.first * line;
    for (const float weight : row.weights) {
      for (std::size_t i = 0; i < line; ++i) mixed[i] += weight * source[i];
      source += line;
    }
    for (const Window& column : columns) {
      for (std::size_t c = 0; c < channels; ++c) {
        float sum = 0;
        const float* at = mixed.data() + column.first * channels + c;
        for (const float weight : column.weights) {
          sum += weight * *at;
          at += channels;
        }
        *out++ = sum;
      }
    }
  }
  return result;
}

}  // namespace

Image shrink(const Image& image, int width, int height) {
  return resample(image, area_windows(image.width(), std::min(width, image.width())),
                  area_windows(image.height(), std::min(height, image.height())));
}

std::vector<std::uint8_t> shrink_marks(const std::vector<std::uint8_t>& marks, PixelSize from,
                                       PixelSize to) {
  Image map(from.width, from.height, 1, Depth::f32);
  std::transform(marks.begin(), marks.end(), map.samples<float>(),
                 [](std::uint8_t mark) { return mark != 0 ? 1.0F : 0.0F; });
  map = shrink(map, to.width, to.height);
  std::vector<std::uint8_t> result(map.pixels());
  std::transform(map.samples<float>(), map.samples<float>() + map.pixels(), result.begin(),
                 [](float share) { return static_cast<std::uint8_t>(share > 0); });
  return result;
}

Image enlarge(const Image& image, int width, int height) {
  return resample(image, cubic_windows(image.width(), width),
                  cubic_windows(image.height(), height));
}

}  // namespace lama::internal

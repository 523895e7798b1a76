#include "image/interpolate.h"

#include <algorithm>
#include <vector>

namespace lama::internal {
namespace {

/// Weights of two neighbouring samples in bilinear enlargement to twice the size: a pixel lies a
/// quarter of a coarse pixel's width from the centre of its coarse pixel.
constexpr float kNear = 0.75F, kFar = 0.25F;
/// Sweeps over each level, there and back. They leave an error of some thousandths of a picture's
/// contrast (see the test); coarser levels have done the rest.
constexpr int kSweeps = 4;

/// Sets every missing pixel to the mean of its neighbours.
void relax(float* samples, std::size_t height, std::size_t width, std::size_t channels,
           const std::vector<std::size_t>& missing) {
  const auto update = [&](std::size_t i) {
    const std::size_t y = i / width, x = i % width;
    float* pixel = samples + i * channels;
    const std::size_t row = width * channels;
    for (std::size_t c = 0; c < channels; ++c) {
      float sum = 0;
      int count = 0;
      const auto add = [&](bool inside, const float* neighbour) {
        if (!inside) return;
        sum += neighbour[c];
        ++count;
      };
      add(y > 0, pixel - row);
      add(y + 1 < height, pixel + row);
      add(x > 0, pixel - channels);
      add(x + 1 < width, pixel + channels);
      pixel[c] = sum / static_cast<float>(count);
    }
  };
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    std::for_each(missing.begin(), missing.end(), update);
    std::for_each(missing.rbegin(), missing.rend(), update);
  }
}

}  // namespace

// Coarse to fine (a cascade of grids): average the known pixels of halved pictures until no pixel
// is missing; then start each level from the enlarged solution of the coarser one.
void interpolate_missing(float* samples, std::size_t height, std::size_t width,
                         std::size_t channels, const std::uint8_t* missing) {
  std::vector<std::size_t> holes;
  for (std::size_t i = 0; i < height * width; ++i) {
    if (missing[i] != 0) holes.push_back(i);
  }
  if (holes.empty()) return;
  if (height * width == 1) {
    std::fill_n(samples, channels, 0.5F);
    return;
  }
  const std::size_t rows = (height + 1) / 2, columns = (width + 1) / 2;
  std::vector<float> coarse(rows * columns * channels);
  std::vector<int> known(rows * columns);
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      if (missing[y * width + x] != 0) continue;
      const std::size_t to = y / 2 * columns + x / 2;
      ++known[to];
      for (std::size_t c = 0; c < channels; ++c) {
        coarse[to * channels + c] += samples[(y * width + x) * channels + c];
      }
    }
  }
  std::vector<std::uint8_t> still_missing(known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    still_missing[i] = static_cast<std::uint8_t>(known[i] == 0);
    for (std::size_t c = 0; c < channels && known[i] > 0; ++c) {
      coarse[i * channels + c] /= static_cast<float>(known[i]);
    }
  }
  interpolate_missing(coarse.data(), rows, columns, channels, still_missing.data());

  const auto neighbour = [](std::size_t fine, std::size_t size) {
    const std::size_t i = fine / 2;
    if (fine % 2 == 0) return i > 0 ? i - 1 : i;
    return std::min(i + 1, size - 1);
  };
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t y0 = y / 2 * columns, y1 = neighbour(y, rows) * columns;
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t i = y * width + x;
      if (missing[i] == 0) continue;
      const std::size_t x0 = x / 2, x1 = neighbour(x, columns);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto at = [&](std::size_t row, std::size_t column) {
          return coarse[(row + column) * channels + c];
        };
        samples[i * channels + c] = kNear * (kNear * at(y0, x0) + kFar * at(y0, x1)) +
                                    kFar * (kNear * at(y1, x0) + kFar * at(y1, x1));
      }
    }
  }
  relax(samples, height, width, channels, holes);
}

}  // namespace lama::internal

#include "evaluation/ssim.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lama::internal::evaluation {
namespace {

constexpr int kRadius = 5, kTaps = 2 * kRadius + 1;
constexpr float kC1 = 0.01F * 0.01F, kC2 = 0.03F * 0.03F;

std::array<float, kTaps> window() {
  std::array<float, kTaps> weights{};
  float sum = 0;
  for (int i = 0; i < kTaps; ++i) {
    const double d = i - kRadius;
    weights[static_cast<std::size_t>(i)] = static_cast<float>(std::exp(-d * d / (2 * 1.5 * 1.5)));
    sum += weights[static_cast<std::size_t>(i)];
  }
  for (float& weight : weights) weight /= sum;
  return weights;
}

/// SSIM needs windowed means of a, b, a^2, b^2 and ab.
constexpr std::size_t kMaps = 5;
using Maps = std::array<std::vector<float>, kMaps>;

/// The means along each row.
void blur_rows(const float* a, const float* b, std::size_t width, std::size_t height, Maps& maps) {
  static const auto kWeights = window();
  Maps lines;
  for (auto& line : lines) line.assign(width + std::size_t{2} * kRadius, 0.0F);
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const float p = a[y * width + x], q = b[y * width + x];
      const std::size_t at = x + kRadius;
      lines[0][at] = p;
      lines[1][at] = q;
      lines[2][at] = p * p;
      lines[3][at] = q * q;
      lines[4][at] = p * q;
    }
    for (std::size_t m = 0; m < kMaps; ++m) {
      float* out = maps[m].data() + y * width;
      std::fill(out, out + width, 0.0F);
      for (std::size_t k = 0; k < kTaps; ++k) {
        const float* line = lines[m].data() + k;
        const float weight = kWeights[k];
        for (std::size_t x = 0; x < width; ++x) out[x] += weight * line[x];
      }
    }
  }
}

/// The mean of row y's neighbours in every column.
void blur_columns(const std::vector<float>& map, std::size_t y, std::size_t width,
                  std::size_t height, std::vector<float>& out) {
  static const auto kWeights = window();
  std::fill(out.begin(), out.end(), 0.0F);
  for (std::size_t k = 0; k < kTaps; ++k) {
    if (y + k < kRadius || y + k >= height + kRadius) continue;
    const float* line = map.data() + (y + k - kRadius) * width;
    for (std::size_t x = 0; x < width; ++x) out[x] += kWeights[k] * line[x];
  }
}

}  // namespace

std::vector<float> ssim_map(const Planes& a, const Planes& b) {
  const auto width = static_cast<std::size_t>(a.width), height = static_cast<std::size_t>(a.height);
  std::vector<float> result(a.pixels(), 0.0F);
  Maps maps, line;
  for (auto& map : maps) map.resize(a.pixels());
  for (auto& values : line) values.resize(width);
  for (int c = 0; c < 3; ++c) {
    blur_rows(a.plane(c), b.plane(c), width, height, maps);
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t m = 0; m < kMaps; ++m) blur_columns(maps[m], y, width, height, line[m]);
      float* out = result.data() + y * width;
      for (std::size_t x = 0; x < width; ++x) {
        const float mean_a = line[0][x], mean_b = line[1][x];
        const float mean_aa = mean_a * mean_a, mean_bb = mean_b * mean_b, mean_ab = mean_a * mean_b;
        const float variance_a = line[2][x] - mean_aa, variance_b = line[3][x] - mean_bb;
        const float covariance = line[4][x] - mean_ab;
        out[x] += ((2 * mean_ab + kC1) * (2 * covariance + kC2)) /
                  ((mean_aa + mean_bb + kC1) * (variance_a + variance_b + kC2)) / 3;
      }
    }
  }
  return result;
}

}  // namespace lama::internal::evaluation

#include "inpaint/match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "image/interpolate.h"
#include "image/mask.h"

namespace lama::internal {
namespace {

int halo_of(double scale) { return std::max(1, static_cast<int>(std::lround(kMatchHalo * scale))); }

/// Errors are averaged over squares with this half side.
constexpr int kWindow = 4;
/// This many pixels of texture count as one independent sample of an error.
constexpr float kCorrelated = 4;

/// Replaces `channels` interleaved samples by their sums over squares of 2 kWindow + 1 pixels a
/// side.
void sum_squares(std::vector<float>& samples, std::size_t height, std::size_t width,
                 std::size_t channels) {
  const auto line = [&](float* first, std::size_t count, std::size_t step) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = first[i * step];
    double sum = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(kWindow, count); ++i) sum += values[i];
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kWindow < count) sum += values[i + kWindow];
      if (i > kWindow) sum -= values[i - kWindow - 1];
      first[i * step] = static_cast<float>(sum);
    }
  };
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t y = 0; y < height; ++y) {
      line(samples.data() + y * width * channels + c, width, channels);
    }
    for (std::size_t x = 0; x < width; ++x) {
      line(samples.data() + x * channels + c, height, width * channels);
    }
  }
}

}  // namespace

int match_reach(double scale) {
  return halo_of(scale) + std::max(1, static_cast<int>(std::lround(kMatchRing * scale)));
}

void match_surroundings(float* prediction, const float* truth, std::size_t height,
                        std::size_t width, double scale) {
  const std::size_t pixels = height * width;
  Mask hole{static_cast<int>(width), static_cast<int>(height), std::vector<std::uint8_t>(pixels)};
  for (std::size_t i = 0; i < pixels; ++i) {
    hole.missing[i] = static_cast<std::uint8_t>(truth[4 * i + 3] > 0);
  }
  std::vector<float> distance = distance_to_hole(hole);
  const auto halo = static_cast<float>(halo_of(scale));
  const auto reach = static_cast<float>(match_reach(scale));
  const auto in_ring = [&](std::size_t i) { return distance[i] > halo && distance[i] <= reach; };
  // Per pixel: the sums, over the ring's pixels around it, of the errors, their squares and 1.
  constexpr std::size_t kSums = 7;
  std::vector<float> sums(pixels * kSums);
  bool any = false;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (!in_ring(i)) continue;
    std::array<float, kSums> values = {};
    for (std::size_t c = 0; c < 3; ++c) {
      const float error = truth[4 * i + c] - prediction[3 * i + c];
      values[c] = error;
      values[3 + c] = error * error;
    }
    // A network may answer NaN, which would stay in all sums after it.
    if (!std::isfinite(values[3] + values[4] + values[5])) {
      distance[i] = 0;  // not in the ring
      continue;
    }
    any = true;
    values[6] = 1;
    std::copy(values.begin(), values.end(), sums.data() + i * kSums);
  }
  if (!any) return;
  sum_squares(sums, height, width, kSums);
  std::vector<float> shade(3 * pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    hole.missing[i] = static_cast<std::uint8_t>(!in_ring(i));
    if (hole.missing[i] != 0) continue;
    const float* sum = sums.data() + i * kSums;
    for (std::size_t c = 0; c < 3; ++c) {
      // The best linear estimate of the mean (Wiener), which removes chance.
      const float mean = sum[c] / sum[6];
      const float chance = std::max(0.0F, sum[3 + c] / sum[6] - mean * mean) * kCorrelated / sum[6];
      const float square = mean * mean;
      shade[3 * i + c] = square > 0 ? mean * square / (square + chance) : 0;
    }
  }
  sums = {};
  distance = {};
  interpolate_missing(shade.data(), height, width, 3, hole.missing.data());
  for (std::size_t i = 0; i < shade.size(); ++i) prediction[i] += shade[i];
}

}  // namespace lama::internal

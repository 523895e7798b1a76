#include "patches/membrane.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lama::internal::patches {
namespace {

constexpr int kCycles = 5;

}  // namespace

Membrane::Membrane(int w, int h) : width(w), height(h) {
  const std::size_t pixels = static_cast<std::size_t>(w) * static_cast<std::size_t>(h);
  values.resize(pixels * kChannels);
  rhs.resize(pixels * kChannels);
  right.resize(pixels);
  below.resize(pixels);
  anchor.resize(pixels);
}

void Membrane::add_step(std::size_t p, Neighbour neighbour, const float* step) {
  const bool down = neighbour == Neighbour::below;
  const std::size_t q = p + (down ? static_cast<std::size_t>(width) : 1);
  (down ? below : right)[p] = 1;
  for (std::size_t c = 0; c < kChannels; ++c) {
    rhs[p * kChannels + c] -= step[c];
    rhs[q * kChannels + c] += step[c];
  }
}

void Membrane::add_anchor(std::size_t p, const float* value) {
  anchor[p] += 1;
  for (std::size_t c = 0; c < kChannels; ++c) rhs[p * kChannels + c] += value[c];
}

template <typename Function>
void Membrane::neighbours(int x, int y, const Function& function) const {
  const auto w = static_cast<std::size_t>(width);
  const std::size_t i = static_cast<std::size_t>(y) * w + static_cast<std::size_t>(x);
  if (x + 1 < width && right[i] > 0) function(i + 1, right[i]);
  if (x > 0 && right[i - 1] > 0) function(i - 1, right[i - 1]);
  if (y + 1 < height && below[i] > 0) function(i + w, below[i]);
  if (y > 0 && below[i - w] > 0) function(i - w, below[i - w]);
}

void Membrane::smooth(bool back) {
  for (int j = 0; j < height; ++j) {
    const int y = back ? height - 1 - j : j;
    for (int k = 0; k < width; ++k) {
      const int x = back ? width - 1 - k : k;
      const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                            static_cast<std::size_t>(x);
      std::array<float, kChannels> sum{};
      float weights = anchor[i];
      neighbours(x, y, [&](std::size_t n, float weight) {
        weights += weight;
        for (std::size_t c = 0; c < kChannels; ++c) sum[c] += weight * values[n * kChannels + c];
      });
      if (weights == 0) continue;
      for (std::size_t c = 0; c < kChannels; ++c) {
        values[i * kChannels + c] = (sum[c] + rhs[i * kChannels + c]) / weights;
      }
    }
  }
}

/// The values' residual, at half the size: the coarse pixel is the sum of its four.
Membrane Membrane::halved() const {
  // The distance between the middles of coarse pixels is twice as large: half of each of the two
  // edges. That would suit anchors along a hole's straight edge too. But a coarse pixel of a ragged
  // edge contains less of the hole than its size suggests, and cycles with weak anchors diverge
  // there.
  constexpr float kAlong = 0.5F;
  Membrane half((width + 1) / 2, (height + 1) / 2);
  const auto half_width = static_cast<std::size_t>(half.width);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                            static_cast<std::size_t>(x);
      const std::size_t to =
          static_cast<std::size_t>(y / 2) * half_width + static_cast<std::size_t>(x / 2);
      float weights = anchor[i];
      std::array<float, kChannels> wrong{};
      neighbours(x, y, [&](std::size_t n, float weight) {
        weights += weight;
        for (std::size_t c = 0; c < kChannels; ++c) wrong[c] += weight * values[n * kChannels + c];
      });
      if (weights == 0) continue;
      for (std::size_t c = 0; c < kChannels; ++c) {
        half.rhs[to * kChannels + c] +=
            rhs[i * kChannels + c] + wrong[c] - weights * values[i * kChannels + c];
      }
      half.anchor[to] += anchor[i];
      if (x % 2 == 1) half.right[to] += kAlong * right[i];
      if (y % 2 == 1) half.below[to] += kAlong * below[i];
    }
  }
  return half;
}

void Membrane::cycle() {
  smooth(false);
  if (width <= 2 && height <= 2) {
    for (int i = 0; i < 4; ++i) smooth(i % 2 == 0);
    return;
  }
  Membrane half = halved();
  half.cycle();
  const auto used = [&](int x, int y) {
    const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(half.width) +
                          static_cast<std::size_t>(x);
    float weights = half.anchor[i];
    half.neighbours(x, y, [&](std::size_t, float weight) { weights += weight; });
    return weights > 0;
  };
  std::vector<std::uint8_t> usable(half.anchor.size());
  for (int y = 0; y < half.height; ++y) {
    for (int x = 0; x < half.width; ++x) {
      usable[static_cast<std::size_t>(y) * static_cast<std::size_t>(half.width) +
             static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(used(x, y));
    }
  }
  // Bilinear, from the existing coarse pixels.
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                            static_cast<std::size_t>(x);
      const int x0 = x / 2, y0 = y / 2;
      const int x1 = std::clamp(x0 + (x % 2 == 0 ? -1 : 1), 0, half.width - 1);
      const int y1 = std::clamp(y0 + (y % 2 == 0 ? -1 : 1), 0, half.height - 1);
      std::array<float, kChannels> sum{};
      float weights = 0;
      const auto add = [&](int column, int row, float weight) {
        const std::size_t from =
            static_cast<std::size_t>(row) * static_cast<std::size_t>(half.width) +
            static_cast<std::size_t>(column);
        if (usable[from] == 0) return;
        weights += weight;
        for (std::size_t c = 0; c < kChannels; ++c) {
          sum[c] += weight * half.values[from * kChannels + c];
        }
      };
      add(x0, y0, 0.5625F);
      add(x1, y0, 0.1875F);
      add(x0, y1, 0.1875F);
      add(x1, y1, 0.0625F);
      if (weights == 0) continue;
      for (std::size_t c = 0; c < kChannels; ++c) values[i * kChannels + c] += sum[c] / weights;
    }
  }
  smooth(true);
}

void Membrane::solve() {
  for (int i = 0; i < kCycles; ++i) cycle();
}

}  // namespace lama::internal::patches

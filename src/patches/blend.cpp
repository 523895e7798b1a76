#include "patches/blend.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "patches/membrane.h"

namespace lama::internal::patches {
namespace {

constexpr std::size_t kChannels = Level::kChannels;
/// Steps below kShading are shading; steps above kEdge are edges of objects.
constexpr float kShading = 0.08F, kEdge = 0.25F;
/// Mean differences between neighbours, up to which a place is smooth, and from which it is not,
/// within a few pixels around it.
constexpr float kSmooth = 0.008F, kRough = 0.016F;
constexpr int kAround = 3;

using Colour = std::array<float, kChannels>;

Colour difference(const float* a, const float* b) {
  Colour result{};
  for (std::size_t c = 0; c < kChannels; ++c) result[c] = a[c] - b[c];
  return result;
}

float largest_of(const Colour& step) {
  float largest = 0;
  for (const float s : step) largest = std::max(largest, std::abs(s));
  return largest;
}

/// The mean difference between known neighbours around `p`.
float roughness(const Level& level, Point p) {
  float sum = 0;
  int count = 0;
  for (int y = p.y - kAround; y <= p.y + kAround; ++y) {
    for (int x = p.x - kAround; x <= p.x + kAround; ++x) {
      for (const Point to : {Point{1, 0}, Point{0, 1}}) {
        const Point a{x, y}, b = a + to;
        if (!level.is_source(a) || !level.is_source(b)) continue;
        sum += largest_of(difference(level.at(a), level.at(b)));
        ++count;
      }
    }
  }
  return count > 0 ? sum / static_cast<float>(count) : kRough;
}

Colour scaled(const Colour& step, float share) {
  Colour result{};
  for (std::size_t c = 0; c < kChannels; ++c) result[c] = share * step[c];
  return result;
}

/// The share of a step that counts as shading.
float shading(const Colour& step) {
  return std::clamp((kEdge - largest_of(step)) / (kEdge - kShading), 0.0F, 1.0F);
}

/// The same for a step between two copies: all of it where both are smooth, because blurred
/// surroundings have no sharp edges. Beside the hole that does not hold: the mask may have left
/// parts of an object there.
float shading_between(const Level& level, Point one, Point other, const Colour& step) {
  const float share = shading(step);
  if (share == 1) return share;
  const float rough = std::max(roughness(level, one), roughness(level, other));
  return std::max(share, std::clamp((kRough - rough) / (kRough - kSmooth), 0.0F, 1.0F));
}

}  // namespace

std::vector<float> blended(const Montage& montage) {
  const Level& level = montage.level();
  std::vector<float> samples = level.samples;
  // Only pixels around the hole take part.
  Point first{level.width, level.height}, last{-1, -1};
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      if (level.missing[level.index({x, y})] == 0) continue;
      first = {std::min(first.x, x), std::min(first.y, y)};
      last = {std::max(last.x, x), y};
    }
  }
  if (last.x < 0) return samples;
  Membrane correction(last.x - first.x + 1, last.y - first.y + 1);
  const auto index = [&](Point p) {
    return static_cast<std::size_t>(p.y - first.y) * static_cast<std::size_t>(correction.width) +
           static_cast<std::size_t>(p.x - first.x);
  };
  for (int y = first.y; y <= last.y; ++y) {
    for (int x = first.x; x <= last.x; ++x) {
      const Point p{x, y};
      if (level.missing[level.index(p)] == 0) continue;
      const Point source = montage.source(p);
      std::copy_n(level.at(source), kChannels, samples.data() + kChannels * level.index(p));
      for (const Point to : {Point{1, 0}, Point{-1, 0}, Point{0, 1}, Point{0, -1}}) {
        const Point q = p + to;
        if (!level.inside(q)) continue;
        if (level.missing[level.index(q)] == 0) {
          // The copy should begin like its source beside its neighbour's copy.
          if (!level.is_source(source + to)) continue;
          const Colour step = difference(level.at(q), level.at(source + to));
          correction.add_anchor(index(p), scaled(step, shading(step)).data());
          continue;
        }
        if (to.x + to.y < 0) continue;  // each pair once
        const Point other = montage.source(q);
        Colour step{};
        if (other != source + to) {
          // The step from p to q is the mean of the steps in both sources.
          int sides = 0;
          if (level.is_source(source + to)) {
            const Colour s = difference(level.at(source + to), level.at(other));
            for (std::size_t c = 0; c < kChannels; ++c) step[c] += s[c];
            ++sides;
          }
          if (level.is_source(other - to)) {
            const Colour s = difference(level.at(source), level.at(other - to));
            for (std::size_t c = 0; c < kChannels; ++c) step[c] += s[c];
            ++sides;
          }
          // Where neither source goes on, the copies should be equal.
          if (sides == 0) step = difference(level.at(source), level.at(other));
          for (float& s : step) s /= static_cast<float>(std::max(sides, 1));
          step = scaled(step, shading_between(level, source, other, step));
        }
        correction.add_step(index(p), to.y != 0, step.data());
      }
    }
  }
  correction.solve();
  for (int y = first.y; y <= last.y; ++y) {
    for (int x = first.x; x <= last.x; ++x) {
      if (level.missing[level.index({x, y})] == 0) continue;
      float* sample = samples.data() + kChannels * level.index({x, y});
      for (std::size_t c = 0; c < kChannels; ++c) {
        const float corrected = sample[c] + correction.values[kChannels * index({x, y}) + c];
        // Copies from pictures of floats may lie outside of 0..1.
        sample[c] = std::clamp(corrected, std::min(sample[c], 0.0F), std::max(sample[c], 1.0F));
      }
    }
  }
  return samples;
}

}  // namespace lama::internal::patches

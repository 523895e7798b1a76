#include "patches/blend.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "image/crop.h"
#include "patches/fade.h"
#include "patches/membrane.h"
#include "patches/votes.h"

namespace lama::internal::patches {
namespace {

constexpr std::size_t kChannels = Level::kChannels;
/// Steps up to kShading are shading; steps from kEdge on are edges of objects, also of those that
/// the mask has left beside the hole.
constexpr float kShading = 0.03F, kEdge = 0.08F;
/// The mean difference between a pixel's sources and itself counts as a step of twice its size.
constexpr float kDispute = 2;
/// Mean differences between neighbours, up to which a place is smooth, and from which it is not,
/// within a few pixels around it.
constexpr float kSmooth = 0.008F, kRough = 0.016F;
constexpr int kAround = 3;

constexpr std::array<Point, 4> kSides{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};

using Colour = std::array<float, kChannels>;

float largest_of(const Colour& step) {
  float largest = 0;
  for (const float s : step) largest = std::max(largest, std::abs(s));
  return largest;
}

Colour scaled(const Colour& step, float share) {
  Colour result{};
  for (std::size_t c = 0; c < kChannels; ++c) result[c] = share * step[c];
  return result;
}

/// The share of a step that counts as shading.
float shading(float step) { return std::clamp((kEdge - step) / (kEdge - kShading), 0.0F, 1.0F); }

/// The mean difference between the sources and the pixel p.
float dispute(const Level& level, Point p, const Votes::Ballot& ballot) {
  float sum = 0;
  for (const Votes::Vote& vote : ballot) {
    const float* source = level.samples.data() + kChannels * static_cast<std::size_t>(vote.source);
    Colour difference{};
    for (std::size_t c = 0; c < kChannels; ++c) difference[c] = source[c] - level.at(p)[c];
    sum += vote.weight * largest_of(difference);
  }
  return sum;
}

/// The mean difference between known neighbours around the source with the most.
float roughness(const Level& level, const Votes::Ballot& ballot) {
  float most = 0;
  for (const Votes::Vote& vote : ballot) {
    const Point middle{vote.source % level.width, vote.source / level.width};
    float sum = 0;
    int count = 0;
    for (int y = middle.y - kAround; y <= middle.y + kAround; ++y) {
      for (int x = middle.x - kAround; x <= middle.x + kAround; ++x) {
        for (const Point to : {Point{1, 0}, Point{0, 1}}) {
          const Point a{x, y}, b = a + to;
          if (!level.is_source(a) || !level.is_source(b)) continue;
          Colour difference{};
          for (std::size_t c = 0; c < kChannels; ++c) {
            difference[c] = level.at(a)[c] - level.at(b)[c];
          }
          sum += largest_of(difference);
          ++count;
        }
      }
    }
    most = std::max(most, count > 0 ? sum / static_cast<float>(count) : kRough);
    if (most >= kRough) break;
  }
  return most;
}

/// By how much the picture's step from p to its neighbour should grow to be that of the sources;
/// none if no source has that neighbour.
std::optional<Colour> missing_step(const Level& level, Point p, Point to,
                                   const Votes::Ballot& ballot) {
  Colour step{};
  float weights = 0;
  for (const Votes::Vote& vote : ballot) {
    const Point source{vote.source % level.width, vote.source / level.width};
    if (!level.is_source(source + to)) continue;
    weights += vote.weight;
    for (std::size_t c = 0; c < kChannels; ++c) {
      step[c] += vote.weight * (level.at(source + to)[c] - level.at(source)[c]);
    }
  }
  if (weights == 0) return std::nullopt;
  for (std::size_t c = 0; c < kChannels; ++c) {
    step[c] = step[c] / weights - (level.at(p + to)[c] - level.at(p)[c]);
  }
  return step;
}

/// The share of a step between missing pixels p and q that counts as shading. Blurred surroundings
/// have no sharp edges, so all steps between their copies do. Beside the hole that does not hold:
/// the mask may have left parts of an object there.
float shading_between(const Level& level, const Votes::Ballot& at_p, const Votes& votes, Point q,
                      float step) {
  const float share = shading(step);
  if (share == 1) return share;
  const float rough = std::max(roughness(level, at_p), roughness(level, votes.of(q)));
  return std::max(share, std::clamp((kRough - rough) / (kRough - kSmooth), 0.0F, 1.0F));
}

void add_steps(Membrane& correction, const Level& level, const Box& hole, Point p,
               const Votes& votes) {
  const Votes::Ballot ballot = votes.of(p);
  const float disputed = kDispute * dispute(level, p, ballot);
  for (const Point to : kSides) {
    const Point q = p + to;
    if (!level.inside(q)) continue;
    const bool known = level.missing[level.index(q)] == 0;
    if (!known && to.x + to.y < 0) continue;  // each pair once
    const std::optional<Colour> step = missing_step(level, p, to, ballot);
    if (known) {
      if (!step) continue;
      correction.add_anchor(hole.index(p.x, p.y),
                            scaled(*step, -shading(largest_of(*step))).data());
    } else {
      Colour shade{};
      if (step) {
        const float size = std::max(largest_of(*step), disputed);
        shade = scaled(*step, shading_between(level, ballot, votes, q, size));
      }
      using Neighbour = Membrane::Neighbour;
      correction.add_step(hole.index(p.x, p.y), to.y == 0 ? Neighbour::right : Neighbour::below,
                          shade.data());
    }
  }
}

/// The rest that the corrections leave of each step over the hole's edge.
std::vector<EdgeStep> rest_of_steps(const Membrane& correction, const Level& level, const Box& hole,
                                    const Votes& votes) {
  std::vector<EdgeStep> rests;
  for (int y = hole.y; y < hole.bottom(); ++y) {
    for (int x = hole.x; x < hole.right(); ++x) {
      const Point p{x, y};
      const auto is_known = [&](Point to) { return level.is_source(p + to); };
      if (level.missing[level.index(p)] == 0 ||
          std::none_of(kSides.begin(), kSides.end(), is_known)) {
        continue;
      }
      const Votes::Ballot ballot = votes.of(p);
      Colour sum{};
      float count = 0;
      for (const Point to : kSides) {
        if (!is_known(to)) continue;
        const std::optional<Colour> step = missing_step(level, p, to, ballot);
        if (!step) continue;
        for (std::size_t c = 0; c < kChannels; ++c) sum[c] -= (*step)[c];
        ++count;
      }
      if (count == 0) continue;
      Colour rest = scaled(sum, 1 / count);
      for (std::size_t c = 0; c < kChannels; ++c) {
        rest[c] -= correction.values[kChannels * hole.index(p.x, p.y) + c];
      }
      rests.push_back({x - hole.x, y - hole.y, rest});
    }
  }
  return rests;
}

}  // namespace

void blend(Level& level, const Field& field, const std::vector<std::uint8_t>& targets,
           ThreadPool& pool) {
  const Box hole = bounds_of(level.missing, level.width);
  if (hole.pixels() == 0) return;
  Membrane correction(hole.width, hole.height);
  const Votes votes(level, field, targets);
  // A row writes to itself and to the next one: first all even ones, then all odd ones.
  const auto rows = static_cast<std::size_t>(hole.height);
  for (std::size_t odd = 0; odd < 2; ++odd) {
    pool.run((rows + 1 - odd) / 2, [&](std::size_t i, int) {
      const int y = hole.y + static_cast<int>(2 * i + odd);
      for (int x = hole.x; x < hole.right(); ++x) {
        const Point p{x, y};
        if (level.missing[level.index(p)] != 0) add_steps(correction, level, hole, p, votes);
      }
    });
  }
  correction.solve();
  fade(rest_of_steps(correction, level, hole, votes), hole.width, hole.height,
       correction.values.data());
  for (int y = hole.y; y < hole.bottom(); ++y) {
    for (int x = hole.x; x < hole.right(); ++x) {
      const std::size_t i = level.index({x, y});
      if (level.missing[i] == 0) continue;
      float* sample = level.samples.data() + kChannels * i;
      for (std::size_t c = 0; c < kChannels; ++c) {
        const float corrected = sample[c] + correction.values[kChannels * hole.index(x, y) + c];
        // Copies from pictures of floats may lie outside of 0..1.
        sample[c] = std::clamp(corrected, std::min(sample[c], 0.0F), std::max(sample[c], 1.0F));
      }
    }
  }
}

}  // namespace lama::internal::patches

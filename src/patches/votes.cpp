#include "patches/votes.h"

#include <algorithm>
#include <cmath>

namespace lama::internal::patches {
namespace {

/// This share of the patches has distances below the one at which a patch counts 0.6 (Newson et
/// al., "Video Inpainting of Complex Scenes", 2014).
constexpr double kUsual = 0.75;
/// Patches without any resemblance still count where there are no others.
constexpr float kLeastWeight = 1e-6F;

float usual_distance(const Field& field, const std::vector<std::uint8_t>& targets) {
  std::vector<float> distances;
  distances.reserve(static_cast<std::size_t>(std::count(targets.begin(), targets.end(), 1)));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] != 0 && field[i].source != Match::kNone) distances.push_back(field[i].distance);
  }
  if (distances.empty()) return 1;
  const auto usual = distances.begin() + static_cast<std::ptrdiff_t>(
                                             kUsual * static_cast<double>(distances.size() - 1));
  std::nth_element(distances.begin(), usual, distances.end());
  return std::max(*usual, 1e-6F);
}

}  // namespace

Votes::Votes(const Level& level, const Field& field, const std::vector<std::uint8_t>& targets)
    : level_(level), field_(field), weights_(level.pixels()) {
  const float scale = -0.5F / usual_distance(field, targets);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (targets[i] == 0 || field[i].source == Match::kNone) continue;
    weights_[i] = std::exp(scale * field[i].distance) + kLeastWeight;
  }
}

Votes::Ballot Votes::of(Point missing) const {
  Ballot ballot;
  const int width = level_.width;
  for (int dy = -kRadius; dy <= kRadius; ++dy) {
    for (int dx = -kRadius; dx <= kRadius; ++dx) {
      const Point patch = missing + Point{dx, dy};
      if (!level_.inside(patch)) continue;
      const std::size_t i = level_.index(patch);
      if (weights_[i] == 0) continue;
      const std::int32_t middle = field_[i].source;
      const Point place{middle % width - dx, middle / width - dy};
      if (!level_.is_source(place)) continue;
      const std::int32_t source = middle - dy * width - dx;
      std::size_t k = 0;
      while (k < ballot.count_ && ballot.votes_[k].source != source) ++k;
      if (k == ballot.count_) ballot.votes_[ballot.count_++] = {source, 0};
      ballot.votes_[k].weight += weights_[i];
    }
  }
  float sum = 0;
  for (std::size_t k = 0; k < ballot.count_; ++k) {
    float& weight = ballot.votes_[k].weight;
    weight *= weight;
    sum += weight;
  }
  for (std::size_t k = 0; k < ballot.count_; ++k) ballot.votes_[k].weight /= sum;
  return ballot;
}

Patches::Patches(const Level& level)
    : targets(level.pixels()),
      sources(patch_middles(level.missing.data(), static_cast<std::size_t>(level.height),
                            static_cast<std::size_t>(level.width), Votes::kRadius)) {
  std::transform(sources.begin(), sources.end(), targets.begin(),
                 [](std::uint8_t known) { return static_cast<std::uint8_t>(known == 0); });
}

void take_votes(const Level& level, const Field& field, const std::vector<std::uint8_t>& targets,
                float* values, std::size_t stride, std::size_t count, ThreadPool& pool) {
  const Votes votes(level, field, targets);
  // Reads known pixels and writes missing ones, so rows are independent.
  pool.run(static_cast<std::size_t>(level.height), [&](std::size_t row, int) {
    for (int x = 0; x < level.width; ++x) {
      const Point p{x, static_cast<int>(row)};
      if (level.missing[level.index(p)] == 0) continue;
      const Votes::Ballot ballot = votes.of(p);
      if (ballot.empty()) continue;
      float* mean = values + stride * level.index(p);
      std::fill_n(mean, count, 0.0F);
      for (const Votes::Vote& vote : ballot) {
        const float* value = values + stride * static_cast<std::size_t>(vote.source);
        for (std::size_t c = 0; c < count; ++c) mean[c] += vote.weight * value[c];
      }
    }
  });
}

void take_votes(Level& level, const Field& field, const std::vector<std::uint8_t>& targets,
                ThreadPool& pool) {
  take_votes(level, field, targets, level.samples.data(), Level::kChannels, Level::kChannels, pool);
}

Field enlarged(const Field& field, const Level& from, const Level& to) {
  Field twice(to.pixels());
  for (int y = 0; y < to.height; ++y) {
    for (int x = 0; x < to.width; ++x) {
      const std::int32_t source = field[from.index({x / 2, y / 2})].source;
      if (source == Match::kNone) continue;
      const Point place{source % from.width * 2 + x % 2, source / from.width * 2 + y % 2};
      if (!to.is_source(place)) continue;
      twice[to.index({x, y})].source = static_cast<std::int32_t>(to.index(place));
    }
  }
  return twice;
}

}  // namespace lama::internal::patches

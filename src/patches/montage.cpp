#include "patches/montage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "patches/random.h"

namespace lama::internal::patches {
namespace {

constexpr std::size_t kFeatures = 5;
constexpr float kSlopeWeight = 1.0F;
/// Costs are whole numbers: this is the cost of a difference of full white in one channel.
constexpr float kCostScale = 2000;
/// The cost of a seam with a side that has no pixel to compare: that of a strong edge.
constexpr std::int32_t kNothingToCompare = 1000;
constexpr std::array<Point, 4> kNeighbours{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};  // as Direction
/// Copies from far above or below are less likely right: distant things are small and lie high in a
/// picture, and ground and sky should not mix.
constexpr float kVerticalCost = 60;  // of a whole picture's height
/// Limits of the offsets added for pixels that can use none of the given ones: their number, and
/// their worth for a pixel.
constexpr std::uint64_t kMostAdded = 100;
constexpr std::int64_t kUse = 240;

}  // namespace

Montage::Montage(const Level& level, std::vector<Point> offsets)
    : level_(&level),
      offsets_(std::move(offsets)),
      labels_(level.pixels(), kKnown),
      features_(level.pixels() * kFeatures),
      nodes_(level.pixels(), -1) {
  const auto grey = [&](Point p) {
    const float* s = level.at(p);
    return (s[0] + s[1] + s[2]) / 3;
  };
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const Point p{x, y};
      float* features = features_.data() + kFeatures * level.index(p);
      std::copy_n(level.at(p), Level::kChannels, features);
      if (level.missing[level.index(p)] != 0) continue;
      const auto slope = [&](Point to) {
        Point low = p - to, high = p + to;
        if (!level.inside(low) || level.missing[level.index(low)] != 0) low = p;
        if (!level.inside(high) || level.missing[level.index(high)] != 0) high = p;
        return kSlopeWeight * (grey(high) - grey(low));
      };
      features[3] = slope({1, 0});
      features[4] = slope({0, 1});
    }
  }
  begin();
}

void Montage::begin() {
  std::vector<Point> left;  // pixels without a usable offset
  for (int y = 0; y < level_->height; ++y) {
    for (int x = 0; x < level_->width; ++x) {
      const Point p{x, y};
      if (level_->missing[level_->index(p)] == 0) continue;
      std::int32_t least = std::numeric_limits<std::int32_t>::max();
      for (std::size_t l = 0; l < offsets_.size(); ++l) {
        if (!level_->is_source(p + offsets_[l])) continue;
        const std::int32_t cost = unlikeness(p, offsets_[l]);
        if (cost >= least) continue;
        least = cost;
        labels_[level_->index(p)] = static_cast<std::int32_t>(l);
      }
      if (labels_[level_->index(p)] == kKnown) left.push_back(p);
    }
  }
  if (left.empty()) return;
  std::vector<Point> sources;
  for (int y = 0; y < level_->height; ++y) {
    for (int x = 0; x < level_->width; ++x) {
      if (level_->is_source({x, y})) sources.push_back({x, y});
    }
  }
  for (std::uint64_t i = 0; i < kMostAdded && !left.empty(); ++i) {
    const Point offset = useful_offset(left, sources, i);
    const auto usable = [&](Point p) { return level_->is_source(p + offset); };
    for (const Point p : left) {
      if (usable(p)) labels_[level_->index(p)] = static_cast<std::int32_t>(offsets_.size());
    }
    left.erase(std::remove_if(left.begin(), left.end(), usable), left.end());
    offsets_.push_back(offset);
  }
  complete_ = left.empty();
}

/// The best of some random offsets: it serves the most targets.
Point Montage::useful_offset(const std::vector<Point>& targets, const std::vector<Point>& sources,
                             std::uint64_t seed) const {
  constexpr int kTries = 64;
  constexpr std::size_t kLooks = 256;  // number of targets to check
  const std::size_t step = targets.size() / kLooks + 1;
  Random random(seed, 0);
  Point best{};
  std::int64_t most = std::numeric_limits<std::int64_t>::min();
  for (int i = 0; i < kTries; ++i) {
    const Point target = targets[random.below(static_cast<std::uint32_t>(targets.size()))];
    const Point source = sources[random.below(static_cast<std::uint32_t>(sources.size()))];
    const Point offset = source - target;
    std::int64_t use = 0;
    for (std::size_t j = 0; j < targets.size(); j += step) {
      if (level_->is_source(targets[j] + offset)) use += kUse - unlikeness(targets[j], offset);
    }
    if (use <= most) continue;
    most = use;
    best = offset;
  }
  return best;
}

std::int32_t Montage::difference(Point a, Point b) const {
  const float* fa = features_.data() + kFeatures * level_->index(a);
  const float* fb = features_.data() + kFeatures * level_->index(b);
  float sum = 0;
  for (std::size_t i = 0; i < kFeatures; ++i) sum += (fa[i] - fb[i]) * (fa[i] - fb[i]);
  return static_cast<std::int32_t>(kCostScale * std::sqrt(sum));
}

/// The cost between missing neighbours p and q with these offsets.
std::int32_t Montage::seam(Point p, Point q, Point at_p, Point at_q) const {
  if (at_p == at_q) return 0;
  const bool have_p = level_->is_source(p + at_q), have_q = level_->is_source(q + at_p);
  if (!have_p && !have_q) return kNothingToCompare;
  const std::int32_t cost_p = have_p ? difference(p + at_p, p + at_q) : 0;
  const std::int32_t cost_q = have_q ? difference(q + at_p, q + at_q) : 0;
  return have_p && have_q ? cost_p + cost_q : 2 * (cost_p + cost_q);
}

/// The cost between a known pixel q and its missing neighbour with this offset.
std::int32_t Montage::edge(Point q, Point offset) const {
  return level_->is_source(q + offset) ? 2 * difference(q, q + offset) : kNothingToCompare;
}

/// The cost of a missing pixel's offset apart from seams.
std::int32_t Montage::unlikeness(Point p, Point offset) const {
  std::int32_t cost = static_cast<std::int32_t>(
      kVerticalCost * static_cast<float>(std::abs(offset.y)) / static_cast<float>(level_->height));
  for (const Point to : kNeighbours) {
    const Point q = p + to;
    if (level_->inside(q) && level_->missing[level_->index(q)] == 0) cost += edge(q, offset);
  }
  return cost;
}

/// Changes the labels of some of these pixels to `offered` if that lowers the total cost.
void Montage::offer(std::int32_t offered, const std::vector<std::int32_t>& pixels) {
  const Point offset = offsets_[static_cast<std::size_t>(offered)];
  std::vector<std::int32_t> changeable;
  for (const std::int32_t i : pixels) {
    const Point p{i % level_->width, i / level_->width};
    if (labels_[static_cast<std::size_t>(i)] == offered || !level_->is_source(p + offset)) continue;
    nodes_[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(changeable.size());
    changeable.push_back(i);
  }
  if (changeable.empty()) return;
  cut_.reset(changeable.size());
  for (std::size_t node = 0; node < changeable.size(); ++node) {
    const std::int32_t i = changeable[node];
    const Point p{i % level_->width, i / level_->width};
    const Point present = offsets_[label(p)];
    std::int32_t change = unlikeness(p, offset) - unlikeness(p, present);
    for (std::size_t d = 0; d < kNeighbours.size(); ++d) {
      const Point q = p + kNeighbours[d];
      if (!level_->inside(q) || level_->missing[level_->index(q)] == 0) continue;
      const Point other = offsets_[label(q)];
      const std::int32_t other_node = nodes_[level_->index(q)];
      if (other_node < 0) {
        change += seam(p, q, offset, other) - seam(p, q, present, other);
      } else if (d % 2 == 0) {  // each pair once
        // Kolmogorov and Zabih, "What Energy Functions Can Be Minimized via Graph Cuts?", 2004. If
        // a side cannot be compared, the cost is not a metric and is reduced a little.
        const std::int32_t q_changes = seam(p, q, present, offset);
        const std::int32_t p_changes = seam(p, q, offset, other);
        const std::int32_t neither = std::min(seam(p, q, present, other), q_changes + p_changes);
        change += p_changes - neither;
        cut_.add_cost_of_second(static_cast<std::size_t>(other_node), -p_changes);
        cut_.connect(node, static_cast<MinimumCut::Direction>(d),
                     static_cast<std::size_t>(other_node), q_changes + p_changes - neither);
      }
    }
    cut_.add_cost_of_second(node, change);
  }
  cut_.solve();
  for (std::size_t node = 0; node < changeable.size(); ++node) {
    const auto i = static_cast<std::size_t>(changeable[node]);
    nodes_[i] = -1;
    if (cut_.on_second_side(node)) labels_[i] = offered;
  }
}

void Montage::expand(int rounds, const Observer& observer) {
  std::vector<std::int32_t> pixels;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] != kKnown) pixels.push_back(static_cast<std::int32_t>(i));
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t l = 0; l < offsets_.size(); ++l) {
      offer(static_cast<std::int32_t>(l), pixels);
      const auto done =
          static_cast<double>(static_cast<std::size_t>(round) * offsets_.size() + l + 1);
      if (observer)
        observer(done / static_cast<double>(static_cast<std::size_t>(rounds) * offsets_.size()));
    }
  }
}

}  // namespace lama::internal::patches

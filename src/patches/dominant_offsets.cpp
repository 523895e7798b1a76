#include "patches/dominant_offsets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace lama::internal::patches {
namespace {

// He and Sun's numbers (their section 3): matches nearer than a fifteenth of the picture's larger
// side only show that pictures are smooth; a Gaussian of sigma sqrt(2) and peaks among 8 x 8.
constexpr int kPatchRadius = 3, kLeastShare = 15, kPeakRadius = 4, kOffsetIterations = 4;
constexpr int kBlurRadius = 4;

/// Votes for offsets of both signs.
class Histogram {
 public:
  Histogram(int width, int height)
      : half_width_(width),
        half_height_(height),
        columns_(2 * width + 1),
        votes_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(2 * height + 1)) {}

  void vote(Point offset) { ++votes_[index(offset)]; }

  void blur() {
    std::array<float, 2 * kBlurRadius + 1> weights{};
    for (int i = -kBlurRadius; i <= kBlurRadius; ++i) {
      weights[static_cast<std::size_t>(i + kBlurRadius)] =
          std::exp(-0.25F * static_cast<float>(i * i));
    }
    std::vector<float> rows(votes_.size());
    each([&](Point p) {
      float sum = 0;
      for (int i = -kBlurRadius; i <= kBlurRadius; ++i) {
        sum += weights[static_cast<std::size_t>(i + kBlurRadius)] * at({p.x + i, p.y});
      }
      rows[index(p)] = sum;
    });
    votes_.swap(rows);
    each([&](Point p) {
      float sum = 0;
      for (int i = -kBlurRadius; i <= kBlurRadius; ++i) {
        sum += weights[static_cast<std::size_t>(i + kBlurRadius)] * at({p.x, p.y + i});
      }
      rows[index(p)] = sum;
    });
    votes_.swap(rows);
  }

  std::vector<Point> peaks(std::size_t count) const {
    std::vector<std::pair<float, Point>> found;
    each([&](Point p) {
      const float height = at(p);
      if (height <= 0) return;
      for (int dy = -kPeakRadius; dy <= kPeakRadius; ++dy) {
        for (int dx = -kPeakRadius; dx <= kPeakRadius; ++dx) {
          // Of equal peaks the first.
          const bool before = dy < 0 || (dy == 0 && dx < 0);
          const float other = at({p.x + dx, p.y + dy});
          if (other > height || (before && other == height)) return;
        }
      }
      found.emplace_back(height, p);
    });
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<Point> offsets;
    for (std::size_t i = 0; i < std::min(count, found.size()); ++i) {
      offsets.push_back(found[i].second);
    }
    return offsets;
  }

 private:
  template <typename Function>
  void each(const Function& function) const {
    for (int y = -half_height_; y <= half_height_; ++y) {
      for (int x = -half_width_; x <= half_width_; ++x) function(Point{x, y});
    }
  }
  std::size_t index(Point p) const {
    return static_cast<std::size_t>(p.y + half_height_) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(p.x + half_width_);
  }
  float at(Point p) const {
    const bool inside = std::abs(p.x) <= half_width_ && std::abs(p.y) <= half_height_;
    return inside ? votes_[index(p)] : 0;
  }

  int half_width_, half_height_, columns_;
  std::vector<float> votes_;
};

}  // namespace

std::vector<Point> dominant_offsets(const Level& level, std::size_t count, std::uint64_t seed,
                                    ThreadPool& pool) {
  std::vector<std::uint8_t> not_source(level.pixels());
  for (std::size_t i = 0; i < level.pixels(); ++i) {
    not_source[i] = static_cast<std::uint8_t>(level.source[i] == 0);
  }
  const Pixels view = level.view();
  const std::vector<std::uint8_t> middles =
      patch_middles(not_source.data(), view.height, view.width, kPatchRadius);
  const FieldOptions options{.radius = kPatchRadius,
                             .iterations = kOffsetIterations,
                             .seed = seed,
                             .least_offset = std::max(level.width, level.height) / kLeastShare + 1};
  const Field field = nearest_neighbours(view, middles.data(), middles.data(), options, pool);
  Histogram histogram(level.width, level.height);
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = level.index({x, y});
      if (middles[i] == 0 || field[i].source == Match::kNone) continue;
      const Point source{field[i].source % level.width, field[i].source / level.width};
      const Point offset = source - Point{x, y};
      histogram.vote(offset);
      histogram.vote(Point{} - offset);
    }
  }
  histogram.blur();
  return histogram.peaks(count);
}

}  // namespace lama::internal::patches

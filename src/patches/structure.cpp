#include "patches/structure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "image/interpolate.h"
#include "patches/votes.h"

namespace lama::internal::patches {
namespace {

/// The features that compare patches: colour, gradients, texture and place.
constexpr std::size_t kGradients = Level::kChannels, kTextures = kGradients + 2,
                      kPlace = kTextures + 2, kFeatures = kPlace + 2;
/// Features that votes determine.
constexpr std::size_t kVoted = kPlace;
constexpr float kGradientWeight = 1.5F, kTextureWeight = 3;
/// Of a distance as long as the picture's larger side. Height matters more: distant things are
/// small and lie high in a picture.
constexpr float kAcrossWeight = 0.1F, kHeightWeight = 0.3F;
/// Texture is measured in squares of 2 kTextureRadius + 1 pixels of the level.
constexpr int kTextureRadius = 2;

/// The coarsest scale has at least this many pixels a side and this many known patches.
constexpr int kLeastSide = 12;
constexpr std::ptrdiff_t kLeastPatches = 40;
/// Completions that begin with different random matches: with two, a slanting edge can break.
constexpr std::size_t kStarts = 4;
constexpr int kFirstIterations = 8, kLaterIterations = 2, kRounds = 12;

/// One scale: a picture whose missing pixels are unspecified, and its features.
struct Scale {
  Level level;
  std::vector<float> features;  // kFeatures a pixel, interleaved
};

float grey(const Level& level, Point p) {
  const float* s = level.at(p);
  return (s[0] + s[1] + s[2]) / 3;
}

bool is_missing(const Level& level, Point p) { return level.missing[level.index(p)] != 0; }

template <typename Function>
void for_pixels(const Level& level, const Function& function) {
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) function(Point{x, y});
  }
}

/// Sets the features of known pixels, apart from texture, and the place of all.
void add_features(Scale& scale) {
  const Level& level = scale.level;
  const float side = static_cast<float>(std::max(level.width, level.height));
  for_pixels(level, [&](Point p) {
    float* features = scale.features.data() + kFeatures * level.index(p);
    features[kPlace] = kAcrossWeight * static_cast<float>(p.x) / side;
    features[kPlace + 1] = kHeightWeight * static_cast<float>(p.y) / side;
    if (is_missing(level, p)) return;
    std::copy_n(level.at(p), Level::kChannels, features);
    const auto gradient = [&](Point to) {
      Point low = p - to, high = p + to;
      if (!level.is_source(low)) low = p;
      if (!level.is_source(high)) high = p;
      return kGradientWeight * (grey(level, high) - grey(level, low)) / 2;
    };
    features[kGradients] = gradient({1, 0});
    features[kGradients + 1] = gradient({0, 1});
  });
}

/// Sets the texture of known pixels: the mean difference between neighbours of the fine picture, to
/// the right and below.
void measure_texture(Scale& scale, const Level& fine, int halvings) {
  const Level& level = scale.level;
  struct Sum {
    float across = 0, down = 0, count = 0;
  };
  std::vector<Sum> sums(level.pixels());
  for_pixels(fine, [&](Point p) {
    if (!fine.is_source(p)) return;
    const auto difference = [&](Point q) {
      return fine.is_source(q) ? std::abs(grey(fine, q) - grey(fine, p)) : 0;
    };
    Sum& sum = sums[level.index({p.x >> halvings, p.y >> halvings})];
    sum.across += difference(p + Point{1, 0});
    sum.down += difference(p + Point{0, 1});
    ++sum.count;
  });
  for_pixels(level, [&](Point p) {
    Sum all;
    for (int y = p.y - kTextureRadius; y <= p.y + kTextureRadius; ++y) {
      for (int x = p.x - kTextureRadius; x <= p.x + kTextureRadius; ++x) {
        if (!level.inside({x, y})) continue;
        const Sum& sum = sums[level.index({x, y})];
        all.across += sum.across;
        all.down += sum.down;
        all.count += sum.count;
      }
    }
    float* texture = scale.features.data() + kFeatures * level.index(p) + kTextures;
    const float weight = kTextureWeight / std::max(all.count, 1.0F);
    texture[0] = weight * all.across;
    texture[1] = weight * all.down;
  });
}

Scale halved(const Scale& scale) {
  Scale half{halved(scale.level), {}};
  half.features.resize(kFeatures * half.level.pixels());
  const Level& level = scale.level;
  for_pixels(half.level, [&](Point p) {
    float* to = half.features.data() + kFeatures * half.level.index(p);
    float count = 0;
    for (int i = 0; i < 4; ++i) {
      const Point from{2 * p.x + i % 2, 2 * p.y + i / 2};
      if (!level.is_source(from)) continue;
      const float* features = scale.features.data() + kFeatures * level.index(from);
      for (std::size_t c = kTextures; c < kPlace; ++c) to[c] += features[c];
      ++count;
    }
    for (std::size_t c = kTextures; c < kPlace; ++c) to[c] /= std::max(count, 1.0F);
  });
  add_features(half);
  return half;
}

/// The given scale and those below, the coarsest last.
std::vector<Scale> scales_of(Scale first) {
  std::vector<Scale> scales;
  scales.push_back(std::move(first));
  while (true) {
    Scale half = halved(scales.back());
    const auto known = Patches(half.level).sources;
    const bool hole = std::find(half.level.missing.begin(), half.level.missing.end(), 1) !=
                      half.level.missing.end();
    if (!hole || std::min(half.level.width, half.level.height) < kLeastSide ||
        std::count(known.begin(), known.end(), 1) < kLeastPatches) {
      return scales;
    }
    scales.push_back(std::move(half));
  }
}

/// Interpolates the missing pixels of each row between known ones, because horizons and banks are
/// level: from a membrane, a plateau would stand on a horizon. Rows without known pixels get one.
void interpolate_rows(Scale& scale) {
  const Level& level = scale.level;
  interpolate_missing(scale.features.data(), static_cast<std::size_t>(level.height),
                      static_cast<std::size_t>(level.width), kFeatures, level.missing.data());
  add_features(scale);  // interpolated places are wrong
  const auto features = [&](int x, int y) {
    return scale.features.data() + kFeatures * level.index({x, y});
  };
  for (int y = 0; y < level.height; ++y) {
    int left = -1;
    for (int right = 0; right <= level.width; ++right) {
      const bool end = right == level.width;
      if (!end && is_missing(level, {right, y})) continue;
      for (int x = left + 1; x < right && (left >= 0 || !end); ++x) {
        const float* a = features(left >= 0 ? left : right, y);
        const float* b = features(end ? left : right, y);
        const float share = static_cast<float>(x - left) / static_cast<float>(right - left);
        for (std::size_t c = 0; c < kVoted; ++c) {
          features(x, y)[c] = (1 - share) * a[c] + share * b[c];
        }
      }
      left = right;
    }
  }
}

/// A completion of one scale after the other.
class Completion {
 public:
  Completion(Scale coarsest, std::size_t start, std::uint64_t seed)
      : scale_(std::move(coarsest)), patches_(scale_.level), seed_(seed + (start << 32U)) {
    interpolate_rows(scale_);
    search(kFirstIterations);
    vote();
  }

  void enlarge(const Scale& finer) {
    const Scale coarse = std::exchange(scale_, finer);
    const Level& level = scale_.level;
    for_pixels(level, [&](Point p) {
      if (!is_missing(level, p)) return;
      std::copy_n(coarse.features.data() + kFeatures * coarse.level.index({p.x / 2, p.y / 2}),
                  kVoted, scale_.features.data() + kFeatures * level.index(p));
    });
    field_ = enlarged(field_, coarse.level, level);
    patches_ = Patches(level);
    vote();
  }

  void improve() {
    search(kLaterIterations);
    vote();
  }

  /// The patches' mean distance from their sources.
  double energy() const {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < field_.size(); ++i) {
      if (patches_.targets[i] == 0) continue;
      sum += static_cast<double>(field_[i].distance);
      ++count;
    }
    return sum / std::max(count, 1.0);
  }

  /// Sets the level's missing pixels and returns the matches.
  Field take(Level& level) {
    for_pixels(level, [&](Point p) {
      if (!is_missing(level, p)) return;
      std::copy_n(scale_.features.data() + kFeatures * level.index(p), Level::kChannels,
                  level.samples.data() + Level::kChannels * level.index(p));
    });
    return std::move(field_);
  }

 private:
  void search(int iterations) {
    const Level& level = scale_.level;
    const FieldOptions options{.radius = Votes::kRadius, .iterations = iterations, .seed = seed_++};
    field_ = nearest_neighbours({scale_.features.data(), static_cast<std::size_t>(level.height),
                                 static_cast<std::size_t>(level.width), kFeatures},
                                patches_.targets.data(), patches_.sources.data(), options, alone_,
                                std::move(field_));
  }
  void vote() {
    take_votes(scale_.level, field_, patches_.targets, scale_.features.data(), kFeatures, kVoted,
               alone_);
  }

  Scale scale_;
  Patches patches_;
  std::uint64_t seed_;
  Field field_;
  ThreadPool alone_{1};
};

}  // namespace

Field fill_structure(Level& level, const Level& fine, int halvings, std::uint64_t seed,
                     ThreadPool& pool, const Observer& observer) {
  const auto known = Patches(level).sources;
  if (std::find(known.begin(), known.end(), 1) == known.end()) return {};
  Scale first{level, std::vector<float>(kFeatures * level.pixels())};
  add_features(first);
  measure_texture(first, fine, halvings);
  const std::vector<Scale> scales = scales_of(std::move(first));

  // Scales are too small to share among threads, but starts are not.
  std::array<std::unique_ptr<Completion>, kStarts> completions;
  pool.run(kStarts, [&](std::size_t i, int) {
    completions[i] = std::make_unique<Completion>(scales.back(), i, seed);
  });
  for (std::size_t s = scales.size(); s-- > 0;) {
    if (s + 1 < scales.size()) {
      pool.run(kStarts, [&](std::size_t i, int) { completions[i]->enlarge(scales[s]); });
    }
    for (int round = 0; round < kRounds; ++round) {
      pool.run(kStarts, [&](std::size_t i, int) { completions[i]->improve(); });
      // Each scale takes four times as long as the next coarser one.
      observer((0.25 + 0.75 * (round + 1) / kRounds) / std::pow(4.0, s));
    }
  }
  return (*std::min_element(completions.begin(), completions.end(),
                            [](const auto& a, const auto& b) { return a->energy() < b->energy(); }))
      ->take(level);
}

}  // namespace lama::internal::patches

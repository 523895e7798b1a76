#include "patches/complete.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <list>
#include <optional>
#include <utility>

#include "base/error.h"
#include "image/interpolate.h"
#include "patches/blend.h"
#include "patches/dominant_offsets.h"
#include "patches/level.h"
#include "patches/montage.h"
#include "patches/votes.h"

namespace lama::internal::patches {
namespace {

/// Offsets are chosen on a picture of at most this many pixels: the cuts take most of the time, and
/// structures are large.
constexpr std::size_t kCoarsePixels = 20000;
/// He and Sun's number: further offsets explain little more.
constexpr std::size_t kOffsets = 60;
/// Further level and upright offsets, at these shares of the picture's width and height: a horizon
/// in a large hole needs offsets along it at many lengths, and few similar patches show them.
constexpr int kLevelOffsets = 48, kUprightOffsets = 16;
constexpr int kRounds = 2;
/// One in so many known pixels must be such that may be copied. A halved picture of the space
/// between thin strokes has fewer and is too coarse.
constexpr std::size_t kKnownPerSource = 4;
// Shares of the whole time, for progress.
constexpr double kOffsetsDone = 0.25, kCutsDone = 0.4;

/// Rounds of search and vote: few at the finest scale, where they take most of the time, and more
/// at each coarser one.
constexpr int kFinestRounds = 1, kMoreRounds = 3, kMostRounds = 10;
constexpr int kIterations = 2, kReach = 16;

std::size_t sources(const Level& level) {
  return static_cast<std::size_t>(std::count(level.source.begin(), level.source.end(), 1));
}

Level full_level(const Pixels& picture, const std::uint8_t* missing) {
  Level level;
  level.width = static_cast<int>(picture.width);
  level.height = static_cast<int>(picture.height);
  level.samples.assign(picture.samples, picture.samples + Level::kChannels * picture.count());
  level.missing.resize(picture.count());
  level.source.resize(picture.count());
  for (std::size_t i = 0; i < picture.count(); ++i) {
    level.missing[i] = static_cast<std::uint8_t>(missing[i] != 0);
    level.source[i] = static_cast<std::uint8_t>(missing[i] == 0);
  }
  return level;
}

void add_level_and_upright(const Level& level, std::vector<Point>& offsets) {
  const int dx = std::max(level.width / kLevelOffsets, 1);
  for (int x = dx; x < level.width; x += dx) {
    offsets.push_back({x, 0});
    offsets.push_back({-x, 0});
  }
  const int dy = std::max(level.height / kUprightOffsets, 1);
  for (int y = dy; y < level.height; y += dy) {
    offsets.push_back({0, y});
    offsets.push_back({0, -y});
  }
}

/// The patches of a level.
struct Patches {
  explicit Patches(const Level& level) : targets(level.pixels()) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      targets[i] = static_cast<std::uint8_t>(level.source[i] == 0);
    }
    sources = patch_middles(targets.data(), static_cast<std::size_t>(level.height),
                            static_cast<std::size_t>(level.width), Votes::kRadius);
    std::transform(sources.begin(), sources.end(), targets.begin(),
                   [](std::uint8_t known) { return static_cast<std::uint8_t>(known == 0); });
  }

  std::vector<std::uint8_t> targets;  ///< the middles of those that are not known, or cut off
  std::vector<std::uint8_t> sources;  ///< the middles of all others
};

bool any(const std::vector<std::uint8_t>& marks) {
  return std::find(marks.begin(), marks.end(), 1) != marks.end();
}

/// The source of each missing pixel by a montage; none if there are too few sources for it.
std::optional<Field> montage_field(const Level& level, std::uint64_t seed, ThreadPool& pool,
                                   const Observer& report) {
  if (sources(level) == 0) return std::nullopt;
  std::vector<Point> offsets = dominant_offsets(level, kOffsets, seed, pool);
  add_level_and_upright(level, offsets);
  report(kOffsetsDone);
  Montage montage(level, std::move(offsets));
  if (!montage.complete()) return std::nullopt;
  montage.expand(kRounds, [&](double done) { report(kOffsetsDone + (1 - kOffsetsDone) * done); });
  Field field(level.pixels());
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const Point p{x, y};
      if (level.missing[level.index(p)] == 0) continue;
      field[level.index(p)].source = static_cast<std::int32_t>(level.index(montage.source(p)));
    }
  }
  return field;
}

}  // namespace

std::vector<float> complete(const Pixels& picture, const std::uint8_t* missing,
                            const CompleteOptions& options, ThreadPool& pool,
                            const Observer& observer) {
  if (picture.count() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw Error("the picture has more than 2147483647 pixels: too many to fill from patches");
  }
  const auto report = [&](double done) {
    if (observer) observer(done);
  };
  std::list<Level> levels;
  levels.push_back(full_level(picture, missing));
  const Level& full = levels.front();
  const std::size_t holes = picture.count() - sources(full);
  if (holes == 0) return std::move(levels.front().samples);
  const auto membrane = [&] {
    std::vector<float> samples(picture.samples,
                               picture.samples + Level::kChannels * picture.count());
    interpolate_missing(samples.data(), picture.height, picture.width, Level::kChannels, missing);
    report(1);
    return samples;
  };

  const auto halve = [&] {
    levels.push_back(halved(levels.back()));
    return kKnownPerSource * sources(levels.back()) * full.pixels() >=
           sources(full) * levels.back().pixels();
  };
  while (levels.back().pixels() > kCoarsePixels) {
    // Strokes all over the picture leave spaces too narrow to copy.
    if (!halve()) return membrane();
  }
  std::optional<Field> field = montage_field(levels.back(), options.seed, pool,
                                             [&](double done) { report(kCutsDone * done); });
  if (!field) return membrane();
  // Patches of a coarser scale see more of a structure.
  if (halve() && any(Patches(levels.back()).sources)) {
    *field = halved(*field, *std::prev(levels.end(), 2), levels.back());
  } else {
    levels.pop_back();
  }
  while (true) {
    Level& level = levels.back();
    const int finer = static_cast<int>(levels.size()) - 1;
    const double share = (1 - kCutsDone) / std::pow(4.0, finer);
    const Patches patches(level);
    take_votes(level, *field, patches.targets, pool);
    if (any(patches.sources)) {
      const int rounds = std::min(kMostRounds, kFinestRounds + finer * kMoreRounds);
      for (int round = 0; round < rounds; ++round) {
        FieldOptions search{.radius = Votes::kRadius, .iterations = kIterations};
        // Finer scales only adjust what the coarse ones have found.
        if (level.pixels() > kCoarsePixels) search.reach = kReach;
        search.seed = options.seed + static_cast<std::uint64_t>(kMostRounds * finer + round);
        *field = nearest_neighbours(level.view(), patches.targets.data(), patches.sources.data(),
                                    search, pool, std::move(*field));
        take_votes(level, *field, patches.targets, pool);
        report(kCutsDone + share * (0.25 + 0.7 * (round + 1) / rounds));
      }
    }
    if (finer == 0) {
      blend(level, *field, patches.targets, pool);
      report(1);
      return std::move(level.samples);
    }
    *field = enlarged(*field, level, *std::prev(levels.end(), 2));
    levels.pop_back();
  }
}

std::size_t complete_bytes(std::size_t height, std::size_t width) {
  constexpr std::size_t kBytesPerPixel = 150;
  // Fixed costs, which matter in small pictures: the histogram of offsets and lists as long as the
  // offsets.
  constexpr std::size_t kFixed = 4U << 20U;
  return kBytesPerPixel * height * width + kFixed;
}

}  // namespace lama::internal::patches

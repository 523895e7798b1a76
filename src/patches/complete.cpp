#include "patches/complete.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <list>
#include <utility>

#include "base/error.h"
#include "image/interpolate.h"
#include "patches/blend.h"
#include "patches/dominant_offsets.h"
#include "patches/level.h"
#include "patches/montage.h"

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
/// The least share of known pixels that may be copied. A halved picture of the space between thin
/// strokes has fewer and is too coarse.
constexpr double kLeastSources = 0.25;
// Shares of the whole time, for progress.
constexpr double kOffsetsDone = 0.15, kCutsDone = 0.6, kLevelsDone = 0.8;

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

  while (levels.back().pixels() > kCoarsePixels) {
    levels.push_back(halved(levels.back()));
    const double of_all =
        static_cast<double>(sources(levels.back())) / static_cast<double>(levels.back().pixels());
    const double known = static_cast<double>(sources(full)) / static_cast<double>(full.pixels());
    if (of_all < kLeastSources * known) {
      // Strokes all over the picture leave spaces too narrow to copy.
      return membrane();
    }
  }
  const Level& coarse = levels.back();
  if (sources(coarse) == 0) return membrane();
  std::vector<Point> offsets = dominant_offsets(coarse, kOffsets, options.seed, pool);
  add_level_and_upright(coarse, offsets);
  report(kOffsetsDone);
  Montage montage(coarse, std::move(offsets));
  if (!montage.complete()) return membrane();
  montage.expand(kRounds,
                 [&](double done) { report(kOffsetsDone + (kCutsDone - kOffsetsDone) * done); });
  while (&montage.level() != &full) {
    montage = montage.enlarged(*std::prev(levels.end(), 2));
    levels.pop_back();
    report(kCutsDone + (kLevelsDone - kCutsDone) / static_cast<double>(levels.size()));
  }
  std::vector<float> result = blended(montage);
  report(1);
  return result;
}

std::size_t complete_bytes(std::size_t height, std::size_t width) {
  constexpr std::size_t kBytesPerPixel = 150;
  // Fixed costs, which matter in small pictures: the histogram of offsets and lists as long as the
  // offsets.
  constexpr std::size_t kFixed = 4U << 20U;
  return kBytesPerPixel * height * width + kFixed;
}

}  // namespace lama::internal::patches

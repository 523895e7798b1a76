#include "patches/complete.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <list>
#include <optional>

#include "base/error.h"
#include "image/interpolate.h"
#include "patches/blend.h"
#include "patches/level.h"
#include "patches/structure.h"
#include "patches/votes.h"

namespace lama::internal::patches {
namespace {

/// Structures are found on a picture of at most this many pixels: they are large, and all of its
/// patches can be searched.
constexpr std::size_t kCoarsePixels = 20000;
constexpr double kStructureDone = 0.4;  // share of the whole time, for progress

/// Rounds of search and vote: few at the finest scale, where they take most of the time, and more
/// at each coarser one.
constexpr int kFinestRounds = 1, kMoreRounds = 3, kMostRounds = 12;
/// Finer scales only adjust what the coarse ones have found.
constexpr int kIterations = 2, kReach = 16;

Level full_level(const Pixels& picture, const std::uint8_t* missing) {
  Level level;
  level.width = static_cast<int>(picture.width);
  level.height = static_cast<int>(picture.height);
  level.samples.assign(picture.samples, picture.samples + Level::kChannels * picture.count());
  level.missing.resize(picture.count());
  for (std::size_t i = 0; i < picture.count(); ++i) {
    level.missing[i] = static_cast<std::uint8_t>(missing[i] != 0);
  }
  return level;
}

/// Sets the missing pixels of `level` to those of its half.
void enlarge(const Level& half, Level& level) {
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = level.index({x, y});
      if (level.missing[i] == 0) continue;
      std::copy_n(half.at({x / 2, y / 2}), Level::kChannels,
                  level.samples.data() + Level::kChannels * i);
    }
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
  if (std::find(full.missing.begin(), full.missing.end(), 1) == full.missing.end()) {
    return std::move(levels.front().samples);
  }
  while (levels.back().pixels() > kCoarsePixels) levels.push_back(halved(levels.back()));
  Field field =
      fill_structure(levels.back(), full, static_cast<int>(levels.size()) - 1, options.seed, pool,
                     [&](double done) { report(kStructureDone * done); });
  if (field.empty()) {  // too few known pixels for patches
    std::vector<float>& samples = levels.front().samples;
    interpolate_missing(samples.data(), picture.height, picture.width, Level::kChannels, missing);
    report(1);
    return std::move(samples);
  }
  std::optional<Patches> patches;
  while (levels.size() > 1) {
    Level& level = *std::prev(levels.end(), 2);
    enlarge(levels.back(), level);
    field = enlarged(field, levels.back(), level);
    levels.pop_back();
    patches.emplace(level);
    take_votes(level, field, patches->targets, pool);
    const int finer = static_cast<int>(levels.size()) - 1;
    const double share = (1 - kStructureDone) / std::pow(4.0, finer);
    const int rounds = std::min(kMostRounds, kFinestRounds + finer * kMoreRounds);
    const auto report_rounds = [&](double done) {
      report(kStructureDone + share * (0.25 + 0.7 * done / rounds));
    };
    for (int round = 0; round < rounds; ++round) {
      const FieldOptions search{
          .radius = Votes::kRadius,
          .iterations = kIterations,
          .seed = options.seed + static_cast<std::uint64_t>(kMostRounds * finer + round),
          .reach = kReach};
      field = nearest_neighbours(level.view(), patches->targets.data(), patches->sources.data(),
                                 search, pool, std::move(field),
                                 [&](double done) { report_rounds(round + done); });
      take_votes(level, field, patches->targets, pool);
      report_rounds(round + 1);
    }
  }
  if (!patches) patches.emplace(levels.front());
  blend(levels.front(), field, patches->targets, pool);
  report(1);
  return std::move(levels.front().samples);
}

std::size_t complete_bytes(std::size_t pixels) {
  constexpr std::size_t kBytesPerPixel = 150;
  // The completions of the coarsest picture, which matter in small pictures.
  constexpr std::size_t kFixed = 4U << 20U;
  return kBytesPerPixel * pixels + kFixed;
}

}  // namespace lama::internal::patches

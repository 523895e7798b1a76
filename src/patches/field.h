// Nearest-neighbour fields: for every patch of one set the most similar patch of another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "base/thread_pool.h"

namespace lama::internal::patches {

/// A picture in memory: height x width pixels of `channels` interleaved samples, in any unit.
struct Pixels {
  const float* samples;
  std::size_t height, width, channels;

  std::size_t count() const { return height * width; }
};

/// Called on the calling thread with the finished share of the work, in (0, 1]. Throw an exception
/// to cancel; it passes through.
using Observer = std::function<void(double done)>;

struct Match {
  static constexpr std::int32_t kNone = -1;

  std::int32_t source = kNone;  ///< index of the source patch's middle pixel, y * width + x
  /// Sum of squared differences of all samples of both patches. If the target's patch reaches
  /// beyond the picture, only samples inside count.
  float distance = 0;
};
/// One match per pixel of the picture, row by row; unspecified for pixels that are not targets.
using Field = std::vector<Match>;

struct FieldOptions {
  int radius = 3;  ///< patches are squares of 2 radius + 1 pixels
  int iterations = 5;
  std::uint64_t seed = 0;
  /// Random sources lie at most this far from the target's own.
  int reach = std::numeric_limits<int>::max();
};

/// Marks the possible sources: pixels whose patch lies in the picture and contains no pixel at
/// which `missing` is not 0. 1 and 0, row by row.
std::vector<std::uint8_t> patch_middles(const std::uint8_t* missing, std::size_t height,
                                        std::size_t width, int radius);

/// For every pixel at which `targets` is not 0, a pixel at which `sources` is 1 with the most
/// similar patch that PatchMatch finds (Barnes et al., "PatchMatch: A Randomized Correspondence
/// Algorithm for Structural Image Editing", 2009): targets try their neighbours' sources, and
/// random pixels around their own at ever smaller distances. Without sources no target has a
/// match.
///
/// `sources` are patch_middles() or a subset, because source patches are read whole. `initial`, if
/// not empty, is the start; targets without a source there start at random.
///
/// The result has the same bits for every number of threads: each strip of rows is scanned in
/// order, and reads of other strips the state before the iteration. Throws Error if the picture
/// has more than 2^31 - 1 pixels, and passes on the observer's exceptions. Memory: field_bytes().
/// Thread-safety: as the pool's.
Field nearest_neighbours(const Pixels& picture, const std::uint8_t* targets,
                         const std::uint8_t* sources, const FieldOptions& options, ThreadPool& pool,
                         Field initial = {}, const Observer& observer = nullptr);

/// The most bytes that nearest_neighbours() takes, including its result.
std::size_t field_bytes(std::size_t height, std::size_t width, std::size_t channels);

}  // namespace lama::internal::patches

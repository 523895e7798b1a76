// Nearest-neighbour fields: for every patch of one set the patch of another that is most like it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/thread_pool.h"

namespace lama::patches {

/// A picture in memory: height x width pixels of `channels` interleaved samples, in any unit.
struct Pixels {
  const float* samples;
  std::size_t height, width, channels;

  std::size_t count() const { return height * width; }
};

/// Called on the calling thread with the share of the work done, in (0, 1]. An exception thrown
/// here ends the work and passes through: that is how to cancel.
using Observer = std::function<void(double done)>;

struct Match {
  static constexpr std::int32_t kNone = -1;

  std::int32_t source = kNone;  ///< the pixel at the middle of the source patch, y * width + x
  /// Sum of squared differences of all samples of both patches; only of what is inside the picture
  /// if the target's patch reaches beyond it.
  float distance = 0;
};
/// One for every pixel of the picture, row by row; of pixels that are no targets without meaning.
using Field = std::vector<Match>;

struct FieldOptions {
  int radius = 3;  ///< patches are squares of 2 radius + 1 pixels
  int iterations = 5;
  std::uint64_t seed = 0;
  /// Least distance (of the larger coordinate) between a target and its source: patches of the
  /// known parts are most like themselves and their neighbours.
  int least_offset = 0;
};

/// Pixels whose patch lies in the picture and holds no pixel at which `missing` is not 0: what may
/// be a source. 1 and 0, row by row.
std::vector<std::uint8_t> patch_middles(const std::uint8_t* missing, std::size_t height,
                                        std::size_t width, int radius);

/// For every pixel at which `targets` is not 0 a pixel at which `sources` is 1, with as similar a
/// patch as PatchMatch finds (Barnes et al., "PatchMatch: A Randomized Correspondence Algorithm for
/// Structural Image Editing", 2009): neighbours tell each other of their sources, and each looks
/// around its own at random, at ever smaller distances. Without any source no target has a match.
///
/// `sources` are patch_middles(), or fewer: source patches are read whole. `initial`, if not empty,
/// is where to begin; targets whose match there is none of the sources begin at random. Its
/// distances do not count.
///
/// The result has the same bits for every number of threads: strips of rows are scanned one by one,
/// and see of each other what was there before the iteration.
/// Throws Error if the picture has more than 2^31 - 1 pixels, and whatever `observer` throws.
/// Memory: field_bytes(). Thread-safety: as the pool's.
Field nearest_neighbours(const Pixels& picture, const std::uint8_t* targets,
                         const std::uint8_t* sources, const FieldOptions& options, ThreadPool& pool,
                         Field initial = {}, const Observer& observer = nullptr);

/// Bytes that nearest_neighbours() takes at most, its result included.
std::size_t field_bytes(std::size_t height, std::size_t width, std::size_t channels);

}  // namespace lama::patches

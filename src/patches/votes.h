// The copies that overlapping patches propose for each missing pixel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "patches/field.h"
#include "patches/level.h"

namespace lama::internal::patches {

/// Patches around a missing pixel propose one source for it each: the pixel at the same place in
/// their own source patch (Wexler et al., "Space-Time Completion of Video", 2007).
///
/// Thread-safety: const members may be called at the same time.
class Votes {
 public:
  static constexpr int kRadius = 3;  ///< patches are squares of 2 kRadius + 1 pixels

  struct Vote {
    std::int32_t source;  ///< index of a source pixel
    float weight;
  };
  /// The proposals for one pixel, each source once; the weights' sum is 1.
  class Ballot {
   public:
    const Vote* begin() const { return votes_.data(); }
    const Vote* end() const { return votes_.data() + count_; }
    bool empty() const { return count_ == 0; }

   private:
    friend Votes;
    static constexpr std::size_t kSide = 2 * kRadius + 1;
    std::array<Vote, kSide * kSide> votes_;
    std::size_t count_ = 0;
  };

  /// `field` has the matches of the level's patches; `targets` is not 0 at the middle of each patch
  /// with a missing pixel. All must outlive this.
  Votes(const Level& level, const Field& field, const std::vector<std::uint8_t>& targets);

  /// Patches that resemble their source count more, and sources that many patches propose count
  /// more than each of these: a mean of many sources is blurred.
  Ballot of(Point missing) const;

 private:
  const Level& level_;
  const Field& field_;
  std::vector<float> weights_;  // by patch; 0 for none
};

/// The middles of a level's patches, as 0 and 1 for each pixel.
struct Patches {
  explicit Patches(const Level& level);

  std::vector<std::uint8_t> targets;  ///< patches with missing pixels, or cut off
  std::vector<std::uint8_t> sources;  ///< all others
};

/// Sets the level's missing pixels to the weighted mean of the proposed sources. Pixels without a
/// proposal stay. The result has the same bits for every number of threads.
void take_votes(Level& level, const Field& field, const std::vector<std::uint8_t>& targets,
                ThreadPool& pool);
/// The same for the first `count` of `stride` values that each of the level's pixels has in
/// `values`, instead of its samples.
void take_votes(const Level& level, const Field& field, const std::vector<std::uint8_t>& targets,
                float* values, std::size_t stride, std::size_t count, ThreadPool& pool);

/// The same matches for `to`, of which `from` is the half. Sources that `to` lacks are left out.
Field enlarged(const Field& field, const Level& from, const Level& to);

}  // namespace lama::internal::patches

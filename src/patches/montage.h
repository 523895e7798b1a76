// The source of each missing pixel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "patches/level.h"
#include "patches/minimum_cut.h"

namespace lama::internal::patches {

/// A shift map: every missing pixel has one of a few offsets to the known pixel that it copies.
/// Whole regions share an offset, so copies are coherent. Where regions meet each other or the
/// known part, colours and their slopes should agree from both sides (He and Sun 2012, section 4;
/// the seams' cost is Kwatra et al.'s of "Graphcut Textures", 2003). Alpha expansion minimises the
/// sum of the differences (Boykov, Veksler, Zabih, "Fast Approximate Energy Minimization via Graph
/// Cuts", 2001).
class Montage {
 public:
  /// `level`, which has some source, must outlive this. Offsets that are usable nowhere do no harm;
  /// pixels without a usable offset get further ones.
  Montage(const Level& level, std::vector<Point> offsets);

  /// Whether every missing pixel has a source. A large hole with few sources would need too many
  /// offsets.
  bool complete() const { return complete_; }

  /// Offers every offset to every missing pixel, `rounds` times.
  void expand(int rounds, const Observer& observer);

  /// The source pixel of a missing one.
  Point source(Point p) const { return p + offsets_[label(p)]; }

 private:
  static constexpr std::int32_t kKnown = -1;

  std::size_t label(Point p) const { return static_cast<std::size_t>(labels_[level_->index(p)]); }
  void begin();
  Point useful_offset(const std::vector<Point>& targets, const std::vector<Point>& sources,
                      std::uint64_t seed) const;
  std::int32_t difference(Point a, Point b) const;
  std::int32_t seam(Point p, Point q, Point at_p, Point at_q) const;
  std::int32_t edge(Point q, Point offset) const;
  std::int32_t unlikeness(Point p, Point offset) const;
  void offer(std::int32_t offered, const std::vector<std::int32_t>& pixels);

  const Level* level_;
  std::vector<Point> offsets_;
  std::vector<std::int32_t> labels_;  // by pixel: its offset
  std::vector<float> features_;       // colours and slopes
  std::vector<std::int32_t> nodes_;   // by pixel: its node in the cut, or -1
  bool complete_ = true;
  MinimumCut cut_;
};

}  // namespace lama::internal::patches

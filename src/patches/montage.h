// Where each missing pixel is copied from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "patches/level.h"
#include "patches/minimum_cut.h"
#include "patches/offset_statistics.h"

namespace lama::patches {

/// A shift map: every missing pixel has one of a few offsets to the known pixel that it copies.
/// Whole regions share one, so copies are coherent; where regions meet, and where they meet what is
/// known, colours and their slopes should agree from both sides (He and Sun 2012, section 4; the
/// seams' cost is Kwatra et al.'s of "Graphcut Textures", 2003). The sum of what does not is made
/// small by alpha expansion (Boykov, Veksler, Zabih, "Fast Approximate Energy Minimization via
/// Graph Cuts", 2001).
class Montage {
 public:
  /// `level`, which has some source, must live as long as this. Offsets that are usable nowhere do
  /// no harm; where none is, others are added.
  Montage(const Level& level, OffsetStatistics statistics);

  /// Whether every missing pixel has a source. With few sources in a large hole too many offsets
  /// would be needed.
  bool complete() const { return complete_; }

  /// Every offset is offered to every missing pixel, `rounds` times.
  void expand(int rounds, const Observer& observer);

  /// The same at twice the size: `level` is what this one's level is the half of. Offsets are
  /// doubled; then those of each connected region are moved by a pixel where that makes its seams
  /// agree better, and seams are moved within a few pixels.
  Montage enlarged(const Level& level) const;

  /// The pixel that a missing one copies.
  Point source(Point p) const { return p + offsets_[label(p)]; }
  const Level& level() const { return *level_; }

 private:
  static constexpr std::int32_t kKnown = -1;

  explicit Montage(const Level& level);
  std::size_t label(Point p) const { return static_cast<std::size_t>(labels_[level_->index(p)]); }
  void begin();
  Point useful_offset(const std::vector<Point>& targets, const std::vector<Point>& sources,
                      std::uint64_t seed) const;
  std::int32_t difference(Point a, Point b) const;
  std::int32_t seam(Point p, Point q, Point at_p, Point at_q) const;
  std::int32_t edge(Point q, Point offset) const;
  std::int32_t unlikeness(Point p, Point offset) const;
  void offer(std::int32_t offered, const std::vector<std::int32_t>& pixels);
  void label_regions();
  void align_regions();
  void move_seams();

  const Level* level_;
  std::vector<Point> offsets_;
  std::vector<std::int32_t> labels_;  // of each pixel its offset
  std::vector<float> features_;       // colours and slopes
  std::vector<float> rarity_;         // of each pixel; empty where only seams are moved
  std::vector<std::int32_t> nodes_;   // of each pixel its node in the cut, or -1
  bool complete_ = true;
  MinimumCut cut_;
};

}  // namespace lama::patches

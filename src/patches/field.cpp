#include "patches/field.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/aligned_buffer.h"
#include "base/error.h"
#include "patches/kernels/closest_patch.h"
#include "patches/random.h"

namespace lama::internal::patches {
namespace {

/// Rows of one task. Fixed, so that the result does not depend on the number of threads.
constexpr int kStripRows = 32;

struct Position {
  int x, y;
};

class Search {
 public:
  Search(const Pixels& picture, const std::uint8_t* targets, const std::uint8_t* sources,
         const FieldOptions& options, Field field)
      : width_(static_cast<int>(picture.width)),
        height_(static_cast<int>(picture.height)),
        channels_(static_cast<int>(picture.channels)),
        targets_(targets),
        sources_(sources),
        options_(options),
        // A copy, because the kernel reads a few floats beyond a patch's row.
        samples_(picture.count() * picture.channels),
        field_(std::move(field)) {
    std::copy_n(picture.samples, samples_.size(), samples_.data());
    field_.resize(picture.count());
    for (std::size_t i = 0; i < picture.count(); ++i) {
      if (sources_[i] != 0) all_sources_.push_back(static_cast<std::int32_t>(i));
    }
    edges_.resize(2 * strips() * picture.width);
  }

  std::size_t strips() const {
    return static_cast<std::size_t>((height_ + kStripRows - 1) / kStripRows);
  }
  bool has_sources() const { return !all_sources_.empty(); }

  /// Gives every target of a strip a source and its distance.
  void begin(std::size_t strip) {
    for_targets(strip, false, [&](Position target, Match& match) {
      const bool usable =
          match.source >= 0 && match.source < width_ * height_ && allowed(point(match.source));
      if (!usable) match.source = any_source(target);
      const std::int32_t source = std::exchange(match.source, Match::kNone);
      match.distance = std::numeric_limits<float>::infinity();
      Candidates candidates(*this, target, match);
      candidates.add(point(source));
      candidates.take_closest();
      // Only if samples are not finite.
      if (match.source == Match::kNone) match.source = source;
    });
  }

  /// Saves the rows that neighbouring strips read in the next iteration.
  void remember_edges() {
    const auto width = static_cast<std::size_t>(width_);
    for (std::size_t strip = 0; strip < strips(); ++strip) {
      const int first = static_cast<int>(strip) * kStripRows, behind = first + kStripRows;
      Match* edges = edges_.data() + 2 * strip * width;
      if (first > 0) std::copy_n(&field_[index({0, first - 1})], width, edges);
      if (behind < height_) std::copy_n(&field_[index({0, behind})], width, edges + width);
    }
  }

  void improve(std::size_t strip, int iteration) {
    const bool back = iteration % 2 == 1;
    const int step = back ? 1 : -1;  // to the neighbour scanned before
    for_targets(strip, back, [&](Position target, Match& match) {
      propagate(strip, target, step, match);
      search(target, iteration, match);
    });
  }

  Field take() { return std::move(field_); }

 private:
  /// Sources to compare with a target's present one.
  class Candidates {
   public:
    Candidates(const Search& search, Position target, Match& match)
        : search_(search),
          match_(match),
          left_(std::min(search.options_.radius, target.x)),
          above_(std::min(search.options_.radius, target.y)) {
      const int right = std::min(search.options_.radius, search.width_ - 1 - target.x);
      const int below = std::min(search.options_.radius, search.height_ - 1 - target.y);
      shape_ = {static_cast<std::size_t>(above_ + 1 + below),
                static_cast<std::size_t>((left_ + 1 + right) * search.channels_),
                static_cast<std::size_t>(search.width_ * search.channels_)};
      target_ = first_sample(target);
    }

    void add(Position source) {
      const float* patch = first_sample(source);
      // Prefetches: a random source is not in the cache. Few sources are compared beyond their
      // first rows.
      for (std::size_t row = 0; row < std::min<std::size_t>(shape_.rows, 3); ++row) {
        hwy::Prefetch(patch + row * shape_.stride);
        hwy::Prefetch(patch + row * shape_.stride + shape_.samples - 1);
      }
      patches_[count_] = patch;
      middles_[count_++] = static_cast<std::int32_t>(search_.index(source));
    }

    void take_closest() {
      const ClosestPatch closest =
          closest_patch(target_, patches_.data(), count_, shape_, match_.distance);
      if (closest.candidate < count_) match_ = {middles_[closest.candidate], closest.distance};
    }

   private:
    const float* first_sample(Position middle) const {
      const std::size_t pixel = search_.index({middle.x - left_, middle.y - above_});
      return search_.samples_.data() + pixel * static_cast<std::size_t>(search_.channels_);
    }

    const Search& search_;
    Match& match_;
    int left_, above_;
    PatchShape shape_{};
    const float* target_ = nullptr;
    std::size_t count_ = 0;
    std::array<const float*, 32> patches_{};  // a random search halves less than 31 times
    std::array<std::int32_t, 32> middles_{};
  };

  Position point(std::int32_t pixel) const { return {pixel % width_, pixel / width_}; }
  std::size_t index(Position p) const {
    return static_cast<std::size_t>(p.y) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(p.x);
  }

  bool allowed(Position source) const {
    if (source.x < 0 || source.y < 0 || source.x >= width_ || source.y >= height_) return false;
    return sources_[index(source)] != 0;
  }

  std::int32_t any_source(Position target) const {
    Random random(options_.seed, 2 * index(target));
    return all_sources_[random.below(static_cast<std::uint32_t>(all_sources_.size()))];
  }

  template <typename Function>
  void for_targets(std::size_t strip, bool back, const Function& function) {
    const int first = static_cast<int>(strip) * kStripRows;
    const int rows = std::min(kStripRows, height_ - first);
    for (int i = 0; i < rows; ++i) {
      const int y = back ? first + rows - 1 - i : first + i;
      for (int j = 0; j < width_; ++j) {
        const Position target{back ? width_ - 1 - j : j, y};
        if (targets_[index(target)] != 0) function(target, field_[index(target)]);
      }
    }
  }

  /// The source of a neighbour's neighbour on the same side is a good guess.
  void propagate(std::size_t strip, Position target, int step, Match& match) const {
    Candidates candidates(*this, target, match);
    const auto add = [&](Position neighbour, const Match& known) {
      if (targets_[index(neighbour)] == 0) return;
      const Position source = point(known.source);
      const Position guess{source.x + target.x - neighbour.x, source.y + target.y - neighbour.y};
      if (allowed(guess)) candidates.add(guess);
    };
    const Position beside{target.x + step, target.y}, over{target.x, target.y + step};
    if (beside.x >= 0 && beside.x < width_) add(beside, field_[index(beside)]);
    if (over.y >= 0 && over.y < height_) {
      const bool same_strip = static_cast<std::size_t>(over.y / kStripRows) == strip;
      const std::size_t edge = 2 * strip + (step > 0 ? 1 : 0);
      add(over,
          same_strip
              ? field_[index(over)]
              : edges_[edge * static_cast<std::size_t>(width_) + static_cast<std::size_t>(over.x)]);
    }
    candidates.take_closest();
  }

  void search(Position target, int iteration, Match& match) const {
    Random random(options_.seed + 1 + static_cast<std::uint64_t>(iteration), 2 * index(target) + 1);
    const Position middle = point(match.source);
    Candidates candidates(*this, target, match);
    for (int radius = std::min(std::max(width_, height_), options_.reach); radius >= 1;
         radius /= 2) {
      const auto draw = [&](int around, int end) {
        const int low = std::max(around - radius, 0), high = std::min(around + radius, end - 1);
        return low + static_cast<int>(random.below(static_cast<std::uint32_t>(high - low + 1)));
      };
      const int x = draw(middle.x, width_), y = draw(middle.y, height_);
      if (allowed({x, y})) candidates.add({x, y});
    }
    candidates.take_closest();
  }

  int width_, height_, channels_;
  const std::uint8_t* targets_;
  const std::uint8_t* sources_;
  FieldOptions options_;
  AlignedBuffer samples_;
  Field field_;
  std::vector<std::int32_t> all_sources_;
  Field edges_;  // for each strip the row before it, then the row after it
};

}  // namespace

std::vector<std::uint8_t> patch_middles(const std::uint8_t* missing, std::size_t height,
                                        std::size_t width, int radius) {
  // Along rows, then along columns: the number of known pixels in a row up to here.
  const auto side = 2 * static_cast<std::size_t>(radius) + 1;
  const auto middle = static_cast<std::size_t>(radius);
  std::vector<std::uint8_t> row_known(height * width), middles(height * width);
  for (std::size_t y = 0; y < height; ++y) {
    std::size_t run = 0;
    for (std::size_t x = 0; x < width; ++x) {
      run = missing[y * width + x] == 0 ? run + 1 : 0;
      if (run >= side) row_known[y * width + x - middle] = 1;
    }
  }
  std::vector<std::size_t> runs(width);
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      runs[x] = row_known[y * width + x] != 0 ? runs[x] + 1 : 0;
      if (runs[x] >= side) middles[(y - middle) * width + x] = 1;
    }
  }
  return middles;
}

Field nearest_neighbours(const Pixels& picture, const std::uint8_t* targets,
                         const std::uint8_t* sources, const FieldOptions& options, ThreadPool& pool,
                         Field initial, const Observer& observer) {
  if (picture.count() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw Error("the picture has more than 2147483647 pixels: too many to fill from patches");
  }
  Search search(picture, targets, sources, options, std::move(initial));
  if (!search.has_sources()) return Field(picture.count());
  pool.run(search.strips(), [&](std::size_t strip, int) { search.begin(strip); });
  for (int i = 0; i < options.iterations; ++i) {
    search.remember_edges();
    pool.run(search.strips(), [&](std::size_t strip, int) { search.improve(strip, i); });
    if (observer) observer((i + 1.0) / options.iterations);
  }
  return search.take();
}

std::size_t field_bytes(std::size_t height, std::size_t width, std::size_t channels) {
  const std::size_t strips = height / kStripRows + 1;
  // The picture's copy, the field, the list of sources (a growing vector may have twice their size,
  // plus its old half while it moves).
  return height * width * (channels * sizeof(float) + sizeof(Match) + 3 * sizeof(std::int32_t)) +
         2 * strips * width * sizeof(Match);
}

}  // namespace lama::internal::patches

#include "masks/segmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "masks/object_mask.h"

namespace lama::internal::masks {
namespace {

/// The work grows with the square of this number.
constexpr std::size_t kMaxObjects = 1000;

/// The move from an object's mask to a result, at any resolution. Shifts are shares.
struct Move {
  double scale, vertical_shift, horizontal_shift;
  bool flip;
};

int rounded(double value) { return static_cast<int>(std::nearbyint(value)); }

Mask mask_of(const LabelMap& map, std::uint32_t label) {
  Mask mask{map.width, map.height, std::vector<std::uint8_t>(map.labels.size())};
  std::transform(
      map.labels.begin(), map.labels.end(), mask.missing.begin(),
      [label](std::uint32_t other) { return static_cast<std::uint8_t>(other == label); });
  return mask;
}

/// Rounds a side up to a power of two.
int power_of_two(int side) { return static_cast<int>(std::bit_ceil(static_cast<unsigned>(side))); }

/// COUNTLESS (Silversmith 2017): a label that occurs twice among 2 x 2 pixels, else the last.
LabelMap halved(const LabelMap& map) {
  LabelMap half{map.width / 2, map.height / 2, {}};
  for (int y = 0; y < half.height; ++y) {
    const std::uint32_t* row = map.labels.data() + static_cast<std::ptrdiff_t>(2 * y) * map.width;
    for (int x = 0; x < half.width; ++x, row += 2) {
      const std::uint32_t a = row[0], b = row[1], c = row[map.width], d = row[map.width + 1];
      half.labels.push_back(a == b || a == c ? a : b == c ? b : d);
    }
  }
  return half;
}

LabelMap downsampled(const LabelMap& map, int levels) {
  LabelMap small = resize(map, power_of_two(map.width), power_of_two(map.height));
  const int times = std::countr_zero(static_cast<unsigned>(small.width)) - levels;
  if (times < 0 || small.height >> times == 0) {
    throw Error(
        fmt::format("{} x {} pixels are too few for segmentation masks with downsample_levels {}",
                    map.width, map.height, levels));
  }
  for (int i = 0; i < times; ++i) small = halved(small);
  return small;
}

/// The number of first `areas` whose sum stays within `share` of `total`.
template <typename Iterator>
int may_go(Iterator areas, Iterator end, std::int64_t total, double share) {
  double gone = 0;
  int count = 0;
  for (; areas != end; ++areas, ++count) {
    gone += static_cast<double>(*areas) / static_cast<double>(total);
    if (gone >= share) break;
  }
  return count;
}
struct MayGo {
  int first, last;
};
MayGo may_go(const std::vector<std::int64_t>& areas, std::int64_t total, double share) {
  return {may_go(areas.begin(), areas.end(), total, share),
          may_go(areas.rbegin(), areas.rend(), total, share)};
}

/// Finds places for one object on the small map.
class Mover {
 public:
  Mover(const SegmentationOptions& options, const Mask& object, std::vector<const Mask*> foreground,
        NumpyRandom& draw)
      : options_(options), foreground_(std::move(foreground)), draw_(draw), taken_{object} {}

  std::vector<Move> moves() {
    const ObjectMask original(taken_.front());
    const int width = taken_.front().width, height = taken_.front().height;
    std::vector<Move> found;
    double least_scale = 0;
    for (int i = 0; i < options_.num_variants_per_mask; ++i) {
      Move move = draw_move();
      // At most the largest size that fits around its middle.
      const auto room = [](int before, int after, int size) {
        return static_cast<double>(2 * std::min(before, size - after)) / size + 1;
      };
      move.scale = std::min({move.scale, room(original.up(), original.down(), height),
                             room(original.left(), original.right(), width)});
      move.scale = std::max(move.scale, least_scale);
      ObjectMask mask = original;
      mask.rescale(move.scale);
      if (move.flip) mask.mirror();
      const std::int64_t total = mask.area();
      if (total == 0) {
        least_scale = 1;
        continue;
      }
      move_vertically(mask, total, height, move);
      const std::optional<int> shift = find_horizontal_shift(mask, total);
      if (!shift) break;
      move.horizontal_shift = static_cast<double>(*shift) / width;
      found.push_back(move);
    }
    return found;
  }

 private:
  Move draw_move() {
    Move move{};
    move.scale = draw_.uniform(1 - options_.max_scale_change, 1 + options_.max_scale_change);
    move.flip = options_.horizontal_flip && draw_.randint(2) == 1;
    move.vertical_shift = draw_.uniform(-options_.max_vertical_shift, options_.max_vertical_shift);
    return move;
  }

  void move_vertically(ObjectMask& mask, std::int64_t total, int height, Move& move) const {
    const MayGo rows = may_go(mask.area_by_row(), total, options_.max_hidden_area);
    // Not std::clamp: NumPy's clip accepts limits in any order.
    move.vertical_shift = std::min(
        std::max(move.vertical_shift, -static_cast<double>(mask.up() + rows.first) / height),
        static_cast<double>(height - mask.down() + rows.last) / height);
    mask.shift(rounded(height * move.vertical_shift), 0);
    mask.crop_rows_to_canvas();
  }

  /// The first shift, in random order, that hides little. Later masks must not overlap the mask
  /// there.
  std::optional<int> find_horizontal_shift(const ObjectMask& mask, std::int64_t total) {
    const double shown = static_cast<double>(mask.area()) / static_cast<double>(total);
    const MayGo columns =
        may_go(mask.area_by_column(), total, options_.max_hidden_area - (1 - shown));
    const int width = taken_.front().width;
    std::vector<int> shifts;
    for (int left = -columns.first; left <= width - (mask.right() - mask.left()) + columns.last;
         ++left) {
      shifts.push_back(left - mask.left());
    }
    if (options_.position_shuffle) draw_.shuffle(shifts);
    for (const int shift : shifts) {
      ObjectMask moved = mask;
      moved.shift(0, shift);
      moved.crop_columns_to_canvas();
      const std::int64_t area = moved.area();
      if (area == 0 || overlaps_earlier(moved, area, total) || hides_much(moved, area)) continue;
      taken_.push_back(moved.on_canvas());
      return shift;
    }
    return std::nullopt;
  }

  bool overlaps_earlier(const ObjectMask& mask, std::int64_t area, std::int64_t total) const {
    return std::any_of(taken_.begin(), taken_.end(), [&](const Mask& earlier) {
      const auto shared = static_cast<double>(mask.intersection(earlier));
      return shared / static_cast<double>(earlier.count()) > options_.max_mask_intersection ||
             1 - (static_cast<double>(area) - shared) / static_cast<double>(total) >
                 options_.max_mask_intersection;
    });
  }

  bool hides_much(const ObjectMask& mask, std::int64_t area) const {
    return std::any_of(foreground_.begin(), foreground_.end(), [&](const Mask* object) {
      const auto shared = static_cast<double>(mask.intersection(*object));
      return shared / static_cast<double>(object->count()) > options_.max_foreground_coverage ||
             shared / static_cast<double>(area) > options_.max_foreground_intersection;
    });
  }

  const SegmentationOptions& options_;
  const std::vector<const Mask*> foreground_;
  NumpyRandom& draw_;
  std::vector<Mask> taken_;  // the object itself, then the places found
};

}  // namespace

std::vector<Mask> SegmentationMasks::make_many(const MaskRequest& request, int /*variants_n*/,
                                               Random& random) const {
  if (request.labels == nullptr) {
    throw Error("segmentation masks need the labels of the picture's objects");
  }
  const LabelMap& map = *request.labels;
  std::map<std::uint32_t, std::int64_t> areas;
  for (const std::uint32_t label : map.labels) ++areas[label];
  areas.erase(0);
  if (areas.size() > kMaxObjects) {
    throw Error(
        fmt::format("{} objects in one picture are more than {}: are its labels a photograph?",
                    areas.size(), kMaxObjects));
  }
  const LabelMap small = downsampled(map, options_.downsample_levels);
  std::map<std::uint32_t, Mask> objects;  // the remaining objects
  for (const auto& [label, area] : areas) {
    Mask mask = mask_of(small, label);
    if (mask.count() > 0) objects.emplace(label, std::move(mask));
  }

  std::vector<Mask> masks;
  const auto pixels = static_cast<double>(map.labels.size());
  for (const auto& [label, object] : objects) {
    if (static_cast<double>(areas[label]) / pixels >= options_.max_object_area) continue;
    std::vector<const Mask*> foreground;
    if (options_.rigidness_mode == SegmentationOptions::Rigidness::soft) {
      foreground.push_back(&object);
    } else {
      for (const auto& [other, mask] : objects) foreground.push_back(&mask);
    }
    const ObjectMask whole(mask_of(map, label));
    for (const Move& move : Mover(options_, object, std::move(foreground), random.numpy).moves()) {
      ObjectMask moved = whole;
      moved.rescale(move.scale);
      if (move.flip) moved.mirror();
      moved.shift(rounded(map.height * move.vertical_shift),
                  rounded(map.width * move.horizontal_shift));
      Mask mask = moved.on_canvas();
      if (static_cast<double>(mask.count()) / pixels > options_.min_mask_area) {
        masks.push_back(std::move(mask));
      }
    }
  }
  return masks;
}

Mask SegmentationMasks::make(const MaskRequest& request, Random& random) const {
  std::vector<Mask> masks = make_many(request, 1, random);
  if (masks.empty()) {
    throw Error("no object of the picture can move to a place that makes a mask");
  }
  const auto chosen = random.numpy.randint(static_cast<std::int64_t>(masks.size()));
  return std::move(masks[static_cast<std::size_t>(chosen)]);
}

}  // namespace lama::internal::masks

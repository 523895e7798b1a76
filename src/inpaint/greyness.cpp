#include "inpaint/greyness.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama::internal {
namespace {

/// A row of a picture at a time, from the first: the pixels with a missing one in the square of
/// `reach` pixels around them. Keeps a few rows, not a picture.
class NearHole {
 public:
  NearHole(const Mask& mask, int reach)
      : mask_(mask),
        reach_(reach),
        in_column_(static_cast<std::size_t>(mask.width)),
        near_(in_column_.size()) {
    for (int y = 0; y < std::min(reach_, mask_.height); ++y) count(y, 1);
  }

  const std::vector<std::uint8_t>& next_row() {
    if (row_ + reach_ < mask_.height) count(row_ + reach_, 1);
    if (row_ > reach_) count(row_ - reach_ - 1, -1);
    ++row_;
    int missing = 0;
    for (int x = 0; x < std::min(reach_, mask_.width); ++x) missing += column(x);
    for (int x = 0; x < mask_.width; ++x) {
      if (x + reach_ < mask_.width) missing += column(x + reach_);
      if (x > reach_) missing -= column(x - reach_ - 1);
      near_[static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(missing > 0);
    }
    return near_;
  }

 private:
  int column(int x) const { return in_column_[static_cast<std::size_t>(x)] > 0 ? 1 : 0; }

  void count(int y, int by) {
    const auto* missing = mask_.missing.data() + std::ptrdiff_t{y} * mask_.width;
    for (int& number : in_column_) number += by * *missing++;
  }

  const Mask& mask_;
  const int reach_;
  int row_ = 0;
  std::vector<int> in_column_;  ///< missing pixels in the rows within reach
  std::vector<std::uint8_t> near_;
};

struct Pixels {
  std::size_t known = 0, coloured = 0;

  bool mostly_coloured() const { return coloured > known / 2; }
  bool are_grey() const {
    constexpr std::size_t kColouredOneIn = 1000;
    return known > 0 && coloured <= known / kColouredOneIn;
  }
};

/// Calls `take`(x, y, whether it is coloured) for every known pixel, row by row.
template <typename Take>
void each_known(const Image& image, const Mask& missing, Take&& take) {
  constexpr float kNearly = 4.0F / 255;
  const bool ink = image.colour_model() == ColourModel::cmyk;
  const std::size_t colours = ink ? 4 : 3;
  const auto channels = static_cast<std::size_t>(image.channels());
  const float most = kNearly * static_cast<float>(image.max_value());
  visit_samples(image, [&](const auto* pixel) {
    const std::uint8_t* hole = missing.missing.data();
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x, pixel += channels) {
        if (*hole++ != 0 || (image.has_alpha() && !(pixel[colours] > 0))) continue;
        const auto [low, high] = std::minmax({pixel[0], pixel[1], pixel[2]});
        // Equal inks are not grey, but brown.
        const float darkest = ink ? 0 : static_cast<float>(low);
        take(x, y, static_cast<float>(high) - darkest > most);
      }
    }
  });
}

}  // namespace

bool known_is_grey(const Image& image, const Mask& missing, int reach) {
  if (image.colour_model() == ColourModel::grey) return false;
  const auto add = [](Pixels& pixels, bool coloured) {
    ++pixels.known;
    pixels.coloured += coloured ? 1 : 0;
  };
  Pixels all;
  each_known(image, missing, [&](int /*x*/, int /*y*/, bool coloured) { add(all, coloured); });
  if (all.coloured == 0) return all.known > 0;
  if (all.mostly_coloured()) return false;
  // Lossy formats spread the colours of an object over a block of 16 pixels.
  constexpr int kSpread = 16;
  Pixels beside, far;
  NearHole replaced_rows(missing, reach), beside_rows(missing, reach + kSpread);
  const std::vector<std::uint8_t>*replaced = nullptr, *near = nullptr;
  int row = -1;
  each_known(image, missing, [&](int x, int y, bool coloured) {
    for (; row < y; ++row) {
      replaced = &replaced_rows.next_row();
      near = &beside_rows.next_row();
    }
    const auto column = static_cast<std::size_t>(x);
    if ((*replaced)[column] != 0) return;
    add((*near)[column] != 0 ? beside : far, coloured);
  });
  if (beside.mostly_coloured()) return false;
  return all.are_grey() || (far.known >= all.known / 2 && far.are_grey());
}

}  // namespace lama::internal

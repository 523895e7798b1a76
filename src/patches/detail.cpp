#include "patches/detail.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "image/resize.h"
#include "patches/field.h"

namespace lama::internal::patches {
namespace {

/// Patches are compared in the low band. They cover about 13 pixels of the picture, but at least 5
/// of the low band's.
constexpr double kPatch = 13;
constexpr int kLeastRadius = 2;
constexpr int kDetailIterations = 8;
/// The squared difference of 8-bit values at which a place counts half.
constexpr float kUnlike = 50;

/// The weight of pixel `i` of the low band for pixel `x` of the picture, which is `scale` times as
/// fine. It falls fast with their distance, so that mostly one place counts and contrast survives.
/// It reaches 0 where `i` stops being a neighbour, so that no grid shows.
float near(int x, int i, double scale) {
  const double share = std::max(0.0, 1 - std::abs((x + 0.5) / scale - (i + 0.5)) / 1.5);
  return static_cast<float>(share * share * share * share);
}

struct Place {
  int x, y;
  float weight;
};

/// The places of a pixel's neighbours in the low band.
class Places {
 public:
  void add(int x, int y, float weight) {
    if (weight > 0) places_[count_++] = {x, y, weight};
  }
  const Place* begin() const { return places_.data(); }
  const Place* end() const { return places_.data() + count_; }
  bool empty() const { return count_ == 0; }

 private:
  std::array<Place, 9> places_;
  std::size_t count_ = 0;
};

}  // namespace

void add_detail(Image& picture, const std::vector<std::uint8_t>& filled,
                const std::vector<std::uint8_t>& hidden, int width, int height, ThreadPool& pool) {
  const Image small = shrink(picture, width, height);
  const PixelSize fine{picture.width(), picture.height()}, coarse{width, height};
  const std::vector<std::uint8_t> targets = shrink_marks(filled, fine, coarse);
  const double across = double{1} * picture.width() / width;
  const double down = double{1} * picture.height() / height;
  FieldOptions options;
  options.radius = std::max(kLeastRadius, static_cast<int>(std::lround((kPatch / across - 1) / 2)));
  options.iterations = kDetailIterations;
  const std::vector<std::uint8_t> sources = patch_middles(
      shrink_marks(hidden, fine, coarse).data(), small.pixels() / static_cast<std::size_t>(width),
      static_cast<std::size_t>(width), options.radius);
  const Field field = nearest_neighbours({small.samples<float>(), static_cast<std::size_t>(height),
                                          static_cast<std::size_t>(width), 3},
                                         targets.data(), sources.data(), options, pool);
  const Image low = enlarge(small, picture.width(), picture.height());
  const auto places_of = [&](int x, int y) {
    const int own_x = std::min(width - 1, static_cast<int>((x + 0.5) / across));
    const int own_y = std::min(height - 1, static_cast<int>((y + 0.5) / down));
    Places places;
    for (int j = std::max(0, own_y - 1); j <= std::min(height - 1, own_y + 1); ++j) {
      for (int i = std::max(0, own_x - 1); i <= std::min(width - 1, own_x + 1); ++i) {
        const auto at = static_cast<std::size_t>(j * width + i);
        if (targets[at] == 0 || field[at].source == Match::kNone) continue;
        const int source_x = field[at].source % width, source_y = field[at].source / width;
        const int to_x = x + static_cast<int>(std::lround((source_x - i) * across));
        const int to_y = y + static_cast<int>(std::lround((source_y - j) * down));
        if (to_x < 0 || to_y < 0 || to_x >= picture.width() || to_y >= picture.height()) continue;
        if (hidden[static_cast<std::size_t>(to_y) * static_cast<std::size_t>(picture.width()) +
                   static_cast<std::size_t>(to_x)] != 0) {
          continue;
        }
        places.add(
            to_x, to_y,
            near(x, i, across) * near(y, j, down) / (field[at].distance * 255 * 255 + kUnlike));
      }
    }
    return places;
  };
  const auto columns = static_cast<std::size_t>(picture.width());
  // Reads known pixels and writes filled ones, so rows are independent.
  pool.run(static_cast<std::size_t>(picture.height()), [&](std::size_t row, int) {
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t pixel = row * columns + column;
      if (filled[pixel] == 0) continue;
      const Places places = places_of(static_cast<int>(column), static_cast<int>(row));
      if (places.empty()) continue;
      std::array<float, 3> high = {0, 0, 0};
      float weights = 0;
      for (const Place& place : places) {
        const std::size_t from =
            static_cast<std::size_t>(place.y) * columns + static_cast<std::size_t>(place.x);
        for (std::size_t c = 0; c < 3; ++c) {
          high[c] += place.weight *
                     (picture.samples<float>()[3 * from + c] - low.samples<float>()[3 * from + c]);
        }
        weights += place.weight;
      }
      for (std::size_t c = 0; c < 3; ++c) {
        picture.samples<float>()[3 * pixel + c] += high[c] / weights;
      }
    }
  });
}

std::size_t detail_bytes(std::size_t pixels, std::size_t small) {
  // Per pixel: a map and a line for its scaling, or the low band. Per pixel of the small low band:
  // its samples, maps and field.
  constexpr std::size_t kPixel = 3 * sizeof(float), kSmall = 3 * sizeof(float) + 4;
  return pixels * kPixel + small * kSmall + field_bytes(small, 1, 3);
}

}  // namespace lama::internal::patches

#include "masks/object_mask.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace lama::internal::masks {
namespace {

/// Mirrors a position beyond an edge, without repeating the edge itself.
int mirrored(int at, int size) {
  if (size == 1) return 0;
  const int period = 2 * (size - 1);
  at = std::abs(at) % period;
  return at < size ? at : period - at;
}

/// scipy.ndimage.gaussian_filter1d along `lines` lines of `size` values, `step` apart; the lines
/// begin `line_step` apart.
void blur(std::vector<double>& values, double sigma, int size, int step, int lines, int line_step) {
  const int radius = static_cast<int>(std::floor(4 * sigma + 0.5));
  if (radius == 0) return;
  std::vector<double> weights;
  for (int i = -radius; i <= radius; ++i)
    weights.push_back(std::exp(-0.5 / (sigma * sigma) * i * i));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  std::vector<double> line(static_cast<std::size_t>(size));
  for (int l = 0; l < lines; ++l) {
    double* first = values.data() + static_cast<std::ptrdiff_t>(l) * line_step;
    for (int i = 0; i < size; ++i) line[i] = first[static_cast<std::ptrdiff_t>(i) * step];
    for (int i = 0; i < size; ++i) {
      double mixed = 0;
      for (int k = -radius; k <= radius; ++k)
        mixed += weights[k + radius] * line[mirrored(i + k, size)];
      first[static_cast<std::ptrdiff_t>(i) * step] = mixed;
    }
  }
}

/// The source position of `at` in scipy.ndimage.zoom (order 0, grid_mode).
int nearest(int at, int from, int to) {
  const double position = (at + 0.5) * (static_cast<double>(from) / to) - 0.5;
  return std::clamp(static_cast<int>(std::floor(position + 0.5)), 0, from - 1);
}

/// The side after scaling: rounds halves to even, as NumPy does.
int scaled(int side, double factor) {
  return static_cast<int>(std::max(1.0, std::nearbyint(side * factor)));
}

}  // namespace

ObjectMask::ObjectMask(const Mask& mask)
    : canvas_width_(mask.width),
      canvas_height_(mask.height),
      rows_(mask.height),
      columns_(mask.width),
      pixels_(mask.missing) {
  crop_to_box();
}

std::int64_t ObjectMask::area() const {
  return std::count(pixels_.begin(), pixels_.end(), std::uint8_t{1});
}

std::vector<std::int64_t> ObjectMask::area_by_row() const {
  std::vector<std::int64_t> areas(static_cast<std::size_t>(rows_));
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    areas[i / static_cast<std::size_t>(columns_)] += pixels_[i];
  }
  return areas;
}

std::vector<std::int64_t> ObjectMask::area_by_column() const {
  std::vector<std::int64_t> areas(static_cast<std::size_t>(columns_));
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    areas[i % static_cast<std::size_t>(columns_)] += pixels_[i];
  }
  return areas;
}

void ObjectMask::mirror() {
  for (int y = 0; y < rows_; ++y) {
    const auto row = pixels_.begin() + static_cast<std::ptrdiff_t>(index(y, 0));
    std::reverse(row, row + columns_);
  }
}

void ObjectMask::rescale(double factor) {
  const int rows = scaled(rows_, factor), columns = scaled(columns_, factor);
  // Blurs before shrinking, against aliasing.
  std::vector<double> smooth(pixels_.begin(), pixels_.end());
  const auto sigma = [](int from, int to) { return std::max(0.0, (1.0 * from / to - 1) / 2); };
  blur(smooth, sigma(rows_, rows), rows_, columns_, columns_, 1);
  blur(smooth, sigma(columns_, columns), columns_, 1, rows_, columns_);

  const double middle_y = up_ + rows_ / 2.0, middle_x = left_ + columns_ / 2.0;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (int y = 0; y < rows; ++y) {
    const std::size_t row = index(nearest(y, rows_, rows), 0);
    for (int x = 0; x < columns; ++x) {
      pixels.push_back(smooth[row + static_cast<std::size_t>(nearest(x, columns_, columns))] > 0.5);
    }
  }
  pixels_ = std::move(pixels);
  rows_ = rows;
  columns_ = columns;
  crop_to_box();
  up_ = static_cast<int>(std::nearbyint(middle_y - rows_ / 2.0));
  left_ = static_cast<int>(std::nearbyint(middle_x - columns_ / 2.0));
}

void ObjectMask::shift(int vertical, int horizontal) {
  up_ += vertical;
  left_ += horizontal;
}

void ObjectMask::crop(int y0, int y1, int x0, int x1) {
  std::vector<std::uint8_t> pixels;
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) pixels.push_back(at(y, x));
  }
  pixels_ = std::move(pixels);
  up_ += y0;
  left_ += x0;
  rows_ = std::max(0, y1 - y0);
  columns_ = std::max(0, x1 - x0);
}

void ObjectMask::crop_rows_to_canvas() {
  crop(std::max(0, -up_), std::min(rows_, canvas_height_ - up_), 0, columns_);
}

void ObjectMask::crop_columns_to_canvas() {
  crop(0, rows_, std::max(0, -left_), std::min(columns_, canvas_width_ - left_));
}

/// Crops to the smallest box that contains the mask; an empty mask stays.
void ObjectMask::crop_to_box() {
  const auto range = [](const std::vector<std::int64_t>& areas) {
    const auto there = [](std::int64_t area) { return area > 0; };
    const auto first = std::find_if(areas.begin(), areas.end(), there);
    const auto last = std::find_if(areas.rbegin(), areas.rend(), there);
    return std::pair(static_cast<int>(first - areas.begin()),
                     static_cast<int>(last.base() - areas.begin()));
  };
  const auto [y0, y1] = range(area_by_row());
  const auto [x0, x1] = range(area_by_column());
  if (y0 < y1 && x0 < x1) crop(y0, y1, x0, x1);
}

Mask ObjectMask::on_canvas() const {
  Mask mask{canvas_width_, canvas_height_,
            std::vector<std::uint8_t>(static_cast<std::size_t>(canvas_width_) *
                                      static_cast<std::size_t>(canvas_height_))};
  const int x0 = std::max(0, -left_), x1 = std::min(columns_, canvas_width_ - left_);
  for (int y = std::max(0, -up_); y < std::min(rows_, canvas_height_ - up_); ++y) {
    for (int x = x0; x < x1; ++x) {
      mask.missing[static_cast<std::size_t>(up_ + y) * static_cast<std::size_t>(canvas_width_) +
                   static_cast<std::size_t>(left_ + x)] = at(y, x);
    }
  }
  return mask;
}

std::int64_t ObjectMask::intersection(const Mask& mask) const {
  std::int64_t count = 0;
  for (int y = 0; y < rows_; ++y) {
    const std::uint8_t* row =
        mask.missing.data() + static_cast<std::ptrdiff_t>(up_ + y) * mask.width + left_;
    for (int x = 0; x < columns_; ++x) count += row[x] & at(y, x);
  }
  return count;
}

}  // namespace lama::internal::masks

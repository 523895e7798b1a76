// The mask of one object, cropped to its bounding box. It can be scaled, mirrored and moved.
#pragma once

#include <cstdint>
#include <vector>

#include "image/mask.h"

namespace lama::internal::masks {

/// Equals the published ObjectMask to the pixel (with scikit-image 0.19).
class ObjectMask {
 public:
  explicit ObjectMask(const Mask& mask);

  int up() const { return up_; }
  int down() const { return up_ + rows_; }  ///< one past the last row
  int left() const { return left_; }
  int right() const { return left_ + columns_; }
  std::int64_t area() const;
  std::vector<std::int64_t> area_by_row() const;
  std::vector<std::int64_t> area_by_column() const;

  void mirror();
  /// About the middle of the box. May leave an empty mask.
  void rescale(double factor);
  void shift(int vertical, int horizontal);
  void crop_rows_to_canvas();
  void crop_columns_to_canvas();

  /// The part of the mask on the canvas.
  Mask on_canvas() const;
  /// Number of pixels that `mask` has too. This must lie on the canvas.
  std::int64_t intersection(const Mask& mask) const;

 private:
  std::uint8_t& at(int y, int x) { return pixels_[index(y, x)]; }
  std::uint8_t at(int y, int x) const { return pixels_[index(y, x)]; }
  std::size_t index(int y, int x) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(x);
  }
  void crop(int y0, int y1, int x0, int x1);
  void crop_to_box();

  int canvas_width_, canvas_height_;
  int up_ = 0, left_ = 0;
  int rows_, columns_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace lama::internal::masks

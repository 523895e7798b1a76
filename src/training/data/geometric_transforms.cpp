#include "training/data/geometric_transforms.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "training/data/mat.h"

namespace lama::internal::training {
namespace {

Image new_picture(int width, int height) { return {width, height, 3, Depth::u8}; }

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

/// scikit-image's AffineTransform, without translation.
cv::Matx33d linear(double scale_x, double scale_y, double rotation, double shear) {
  return {scale_x * std::cos(rotation),
          -scale_y * std::sin(rotation + shear),
          0,  //
          scale_x * std::sin(rotation),
          scale_y * std::cos(rotation + shear),
          0,  //
          0,
          0,
          1};
}

cv::Matx33d translation(double x, double y) { return {1, 0, x, 0, 1, y, 0, 0, 1}; }

/// The mean of absolute differences that imgaug takes for none.
bool is_identity(const cv::Matx33d& matrix) {
  return cv::norm(matrix - cv::Matx33d::eye(), cv::NORM_L1) / 9 <= 1e-4;
}

using Corners = std::array<cv::Point2f, 4>;

/// In the order top left, top right, bottom right, bottom left, by sums and differences of
/// coordinates.
Corners ordered(const Corners& points) {
  const auto sum = [](const cv::Point2f& a, const cv::Point2f& b) { return a.x + a.y < b.x + b.y; };
  const auto difference = [](const cv::Point2f& a, const cv::Point2f& b) {
    return a.y - a.x < b.y - b.x;
  };
  return {*std::min_element(points.begin(), points.end(), sum),
          *std::min_element(points.begin(), points.end(), difference),
          *std::max_element(points.begin(), points.end(), sum),
          *std::max_element(points.begin(), points.end(), difference)};
}

/// The longer of the sides from `a` to `b` and from `c` to `d`, cut to whole pixels. They grow
/// along `axis`, both ways, until even the shorter has 2 pixels.
int longer_side(cv::Point2f& a, cv::Point2f& b, cv::Point2f& c, cv::Point2f& d,
                float cv::Point2f::*axis) {
  constexpr int kMinSide = 2;
  while (true) {
    const double first = cv::norm(a - b), second = cv::norm(c - d);
    const int least = static_cast<int>(std::min(first, second));
    if (least >= kMinSide) return static_cast<int>(std::max(first, second));
    const float step = static_cast<float>(kMinSide - least) / 2;
    a.*axis -= step;
    c.*axis -= step;
    b.*axis += step;
    d.*axis += step;
  }
}

}  // namespace

Image scaled(const Image& picture, double factor) {
  const auto side = [factor](int length) { return std::max(1, static_cast<int>(length * factor)); };
  Image result = new_picture(side(picture.width()), side(picture.height()));
  cv::Mat out = mat_of(result);
  cv::resize(mat_of(picture), out, out.size(), 0, 0, cv::INTER_LINEAR);
  return result;
}

Image perspective(const Image& picture, const CornerShifts& shifts) {
  Corners points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool right = i == 1 || i == 2, bottom = i >= 2;
    const auto [x, y] = shifts[i];
    points[i] = {static_cast<float>((right ? 1 - x : x) * picture.width()),
                 static_cast<float>((bottom ? 1 - y : y) * picture.height())};
  }
  points = ordered(points);
  auto& [top_left, top_right, bottom_right, bottom_left] = points;
  const int width = longer_side(top_left, top_right, bottom_left, bottom_right, &cv::Point2f::x);
  const int height = longer_side(top_left, bottom_left, top_right, bottom_right, &cv::Point2f::y);
  const auto right = static_cast<float>(width), bottom = static_cast<float>(height);
  const Corners target = {{{0, 0}, {right, 0}, {right, bottom}, {0, bottom}}};
  cv::Mat warped;
  cv::warpPerspective(mat_of(picture), warped,
                      cv::getPerspectiveTransform(points.data(), target.data()), {width, height},
                      cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  Image result = new_picture(picture.width(), picture.height());
  cv::Mat out = mat_of(result);
  const bool enlarges = picture.width() > width || picture.height() > height;
  cv::resize(warped, out, out.size(), 0, 0, enlarges ? cv::INTER_AREA : cv::INTER_LINEAR);
  return result;
}

Image affine(const Image& picture, const AffineParameters& parameters) {
  const double x = picture.width() / 2.0 - 0.5, y = picture.height() / 2.0 - 0.5;
  // imgaug's value of pi / 2.
  constexpr double kQuarter = 3.141592 / 2;
  const cv::Matx33d matrix = translation(x, y) *
                             linear(parameters.scale_x, parameters.scale_y,
                                    radians(parameters.rotate), radians(parameters.shear_x)) *
                             linear(1, 1, kQuarter, 0) *
                             linear(1, 1, 0, radians(parameters.shear_y)) *
                             linear(1, 1, -kQuarter, 0) * translation(-x, -y);
  if (is_identity(matrix)) return picture;
  Image result = new_picture(picture.width(), picture.height());
  cv::Mat out = mat_of(result);
  cv::warpAffine(mat_of(picture), out, cv::Mat(matrix.get_minor<2, 3>(0, 0)), out.size(),
                 cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  return result;
}

Image padded(const Image& picture, int size) {
  const int more_x = std::max(0, size - picture.width());
  const int more_y = std::max(0, size - picture.height());
  if (more_x == 0 && more_y == 0) return picture;
  const int left = more_x / 2, top = more_y / 2;
  Image result = new_picture(picture.width() + more_x, picture.height() + more_y);
  cv::Mat out = mat_of(result);
  cv::copyMakeBorder(mat_of(picture), out, top, more_y - top, left, more_x - left,
                     cv::BORDER_REFLECT_101);
  return result;
}

Box crop_window(const Image& picture, int size, double y, double x) {
  return {static_cast<int>((picture.width() - size) * x),
          static_cast<int>((picture.height() - size) * y), size, size};
}

Image optical_distortion(const Image& picture, double k, const Box& window) {
  // OpenCV's initUndistortRectifyMap, of the room calib3d, for a camera whose focal lengths are the
  // picture's sides and whose centre is its middle, seen by one that is centred between the
  // outermost pixels.
  const int width = picture.width(), height = picture.height();
  cv::Mat map_x(window.height, window.width, CV_32F), map_y(window.height, window.width, CV_32F);
  for (int row = 0; row < window.height; ++row) {
    const double y = (window.y + row - (height - 1) * 0.5) / height;
    auto* to_x = map_x.ptr<float>(row);
    auto* to_y = map_y.ptr<float>(row);
    for (int column = 0; column < window.width; ++column) {
      const double x = (window.x + column - (width - 1) * 0.5) / width;
      const double r2 = x * x + y * y;
      const double stretch = 1 + (k * r2 + k) * r2;
      to_x[column] = static_cast<float>(width * x * stretch + width * 0.5);
      to_y[column] = static_cast<float>(height * y * stretch + height * 0.5);
    }
  }
  Image result = new_picture(window.width, window.height);
  cv::Mat out = mat_of(result);
  cv::remap(mat_of(picture), out, map_x, map_y, cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  return result;
}

Image mirrored(const Image& picture) {
  Image result = new_picture(picture.width(), picture.height());
  cv::Mat out = mat_of(result);
  cv::flip(mat_of(picture), out, 1);
  return result;
}

}  // namespace lama::internal::training

#include "masks/irregular.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace lama::internal::masks {
namespace {

/// The end of a segment along one axis. The limit is one pixel outside, as published.
int end_of(std::int64_t start, double offset, int size) {
  return static_cast<int>(std::clamp(static_cast<double>(start) + offset, 0.0, 1.0 * size));
}

}  // namespace

Mask IrregularMasks::make(const MaskRequest& request, Random& random) const {
  Mask mask = known_everywhere(request);
  cv::Mat canvas(mask.height, mask.width, CV_8U, mask.missing.data());
  NumpyRandom& draw = random.numpy;

  const double factor = ramp_factor(options_.ramp, request.iteration);
  const auto max_len = static_cast<std::int64_t>(std::max(1.0, options_.max_len * factor));
  const auto max_width = static_cast<std::int64_t>(std::max(1.0, options_.max_width * factor));
  // The published code passes one more than the largest number and uses it as the largest: up to
  // max_times + 1 strokes. Its results depend on this mistake.
  const auto max_times = static_cast<std::int64_t>(
      options_.min_times + 1 + (options_.max_times - options_.min_times) * factor);

  const std::int64_t times = draw.randint(options_.min_times, max_times + 1);
  for (std::int64_t i = 0; i < times; ++i) {
    cv::Point start;
    start.x = static_cast<int>(draw.randint(mask.width));
    start.y = static_cast<int>(draw.randint(mask.height));
    const std::int64_t segments = 1 + draw.randint(5);
    for (std::int64_t j = 0; j < segments; ++j) {
      double angle = 0.01 + static_cast<double>(draw.randint(options_.max_angle));
      if (i % 2 == 0) angle = 2 * 3.1415926 - angle;
      const auto length = static_cast<double>(10 + draw.randint(max_len));
      const int brush = static_cast<int>(5 + draw.randint(max_width));
      const cv::Point end(end_of(start.x, length * std::sin(angle), mask.width),
                          end_of(start.y, length * std::cos(angle), mask.height));
      switch (options_.draw_method) {
        case DrawMethod::line:
          cv::line(canvas, start, end, 1, brush);
          break;
        case DrawMethod::circle:
          cv::circle(canvas, start, brush, 1, cv::FILLED);
          break;
        case DrawMethod::square: {
          const int radius = brush / 2;
          set_slice(mask, start.y - radius, start.y + radius, start.x - radius, start.x + radius);
          break;
        }
      }
      start = end;
    }
  }
  return mask;
}

}  // namespace lama::internal::masks

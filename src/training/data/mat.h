// Pictures as OpenCV sees them. For the .cpp files of this room.
#pragma once

#include <opencv2/core.hpp>

#include "image/image.h"

namespace lama::internal::training {

/// The pixels of `picture` (8 bits, RGB), which OpenCV reads and writes in place.
inline cv::Mat mat_of(Image& picture) {
  return {picture.height(), picture.width(), CV_8UC3, picture.bytes().data()};
}
/// OpenCV has no read-only pixels: callers must not write the result.
inline cv::Mat mat_of(const Image& picture) { return mat_of(const_cast<Image&>(picture)); }

}  // namespace lama::internal::training

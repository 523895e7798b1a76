// The operations of augmentation that move pixels, with fixed parameters, as albumentations 0.5.2
// and imgaug 0.4.0 do them with OpenCV. All pictures have 8 bits and RGB.
#pragma once

#include <array>

#include "image/box.h"
#include "image/image.h"

namespace lama::internal::training {

/// RandomScale: both sides times `factor`, cut to whole pixels (at least 1); bilinear.
Image scaled(const Image& picture, double factor);

/// By how much each corner moves inwards, as shares [0, 1) of width and height: top left, top
/// right, bottom right, bottom left.
using CornerShifts = std::array<std::array<double, 2>, 4>;

/// PerspectiveTransform: the quadrangle of the moved corners is stretched to a rectangle, and that
/// to the size of the picture.
Image perspective(const Image& picture, const CornerShifts& shifts);

struct AffineParameters {
  double scale_x = 1, scale_y = 1;
  double rotate = 0;                ///< degrees, clockwise
  double shear_x = 0, shear_y = 0;  ///< degrees
};

/// Affine: about the middle of the picture, whose size stays; pixels from outside are mirrored
/// without repeating the edge.
Image affine(const Image& picture, const AffineParameters& parameters);

/// PadIfNeeded: to sides of at least `size`, mirrored without repeating the edge, as often as it
/// takes; the odd pixel goes to the right and the bottom.
Image padded(const Image& picture, int size);

/// RandomCrop's window of `size` x `size` pixels, which the picture must have. `y` and `x`, in [0,
/// 1), are its place.
Box crop_window(const Image& picture, int size, double y, double x);

/// The part `window` of OpticalDistortion without a shift: radial distortion with both coefficients
/// `k`. As OpenCV centres the undistorted picture half a pixel from where albumentations centres
/// the distorted one, k = 0 shifts by half a pixel.
Image optical_distortion(const Image& picture, double k, const Box& window);

/// HorizontalFlip.
Image mirrored(const Image& picture);

}  // namespace lama::internal::training

// The operations of augmentation that change colours, with fixed parameters, as albumentations
// 0.5.2 does them with OpenCV and NumPy. All pictures have 8 bits and RGB.
#pragma once

#include "image/image.h"

namespace lama::internal::training {

/// CLAHE: adaptive histogram equalisation of L (of CIE Lab) in 8 x 8 tiles. `clip_limit` > 0.
Image equalized(const Image& picture, double clip_limit);

/// RandomBrightnessContrast: every sample times `contrast` plus 255 times `brightness`, cut off at
/// the ends and to whole numbers.
Image brightness_contrast(const Image& picture, double contrast, double brightness);

/// HueSaturationValue, in OpenCV's units: hue 0 to 180, the others 0 to 255.
Image hue_saturation_value(const Image& picture, double hue, double saturation, double value);

}  // namespace lama::internal::training

// The changes of a photograph before the network sees it: the published transform variants.
#pragma once

#include "image/image.h"
#include "masks/mask_generator.h"
#include "training/config/transform_variant.h"

namespace lama::internal::training {

/// Random operations, each with the probability and the ranges that albumentations 0.5.2 and imgaug
/// 0.4.0 have in the published code. Their random streams are not followed: each picture's are its
/// own. Thread-safety: const functions may run at the same time, each with its own Random.
class Augmentation {
 public:
  /// `out_size` >= 1: the sides of the result.
  Augmentation(TransformVariant variant, int out_size) : variant_(variant), out_size_(out_size) {}

  /// `picture` has 8 bits, RGB, and so has the result. Throws Error if the variant neither crops
  /// nor pads (non_space_transform, no_augs) and the picture's size is not out_size.
  Image operator()(const Image& picture, masks::Random& random) const;

 private:
  TransformVariant variant_;
  int out_size_;
};

}  // namespace lama::internal::training

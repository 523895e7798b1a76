#pragma once

namespace lama::internal::training {

/// Options of the kind pps.
struct PropagatedSimilarityConfig {
  int level = 2;  ///< of the features: after this ReLU
  int max_iters = 10;
  double temperature = 500;
  int erode_mask_size = 3;  ///< 0: the mask is not eroded before
};

/// `distance_weighter_kwargs`.
struct DistanceWeighterConfig {
  enum class Kind { none, blur, edt, pps };
  Kind kind = Kind::none;
  int kernel_size = 5;         ///< of blur; odd
  int dilate_kernel_size = 5;  ///< of edt; odd
  int blur_kernel_size = 5;    ///< of edt; odd
  double width_factor = 1;     ///< of both
  PropagatedSimilarityConfig pps;
};

}  // namespace lama::internal::training

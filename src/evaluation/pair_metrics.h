// Metrics of one result and its truth that need no network.
#pragma once

#include "image/mask.h"
#include "image/planes.h"

namespace lama::internal::evaluation {

/// Pixel values are 0..1. Metrics of the hole are NaN if nothing is missing; ring_delta_e also if
/// everything is.
struct PairMetrics {
  double ssim = 0;  ///< the published one, see ssim.h
  double psnr = 0;  ///< in dB, at most kMostPsnr, the value of equal pictures
  double l1 = 0;    ///< mean absolute difference
  /// The same of the hole's pixels alone: outside of it good results do not differ.
  double hole_ssim = 0, hole_psnr = 0, hole_l1 = 0;
  /// Mean CIE 1976 colour difference between result and truth along the hole's edge: the pixels of
  /// the hole that touch a known one. Outside both are equal, so this is the error of the step of
  /// colour across the hole's boundary. About 2 is just visible.
  double ring_delta_e = 0;
  /// Mean CIE lightness of the hole, result minus truth (L* is 0 to 100): negative if the fill is
  /// darker than the truth.
  double lightness_bias = 0;
  /// sharpness() of the result as a share of the truth's; NaN if the truth's hole is flat.
  double sharpness = 0;
  double spectrum = 0;  ///< spectrum_distance()
};

inline constexpr double kMostPsnr = 100;

/// Throws Error unless all have the same size.
PairMetrics compare(const Planes& result, const Planes& truth, const Mask& hole);

}  // namespace lama::internal::evaluation

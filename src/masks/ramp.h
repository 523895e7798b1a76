// A number that changes linearly with the training's iterations, and is constant before and after.
#pragma once

#include <cstdint>
#include <optional>

namespace lama::internal::masks {

struct Ramp {
  double start_value = 0, end_value = 1;
  std::int64_t start_iter = -1, end_iter = 0;  ///< start_iter <= end_iter

  double at(std::int64_t iteration) const {
    if (iteration < start_iter) return start_value;
    if (iteration >= end_iter) return end_value;
    const double part =
        static_cast<double>(iteration - start_iter) / static_cast<double>(end_iter - start_iter);
    return start_value * (1 - part) + end_value * part;
  }
};

/// The factor of sizes and numbers; 1 without a ramp or an iteration.
inline double ramp_factor(const std::optional<Ramp>& ramp,
                          const std::optional<std::int64_t>& iteration) {
  return ramp && iteration ? ramp->at(*iteration) : 1;
}

}  // namespace lama::internal::masks

#pragma once

#include <span>

namespace lama::internal::evaluation {

struct Interval {
  double low = 0, high = 0;
};

/// The 95 % interval of the mean of `differences`, one for each picture, by the bootstrap over
/// pictures (Efron 1979; percentiles of 2000 resamples): the same at every call. Values that are
/// NaN are left out; with fewer than five others the interval is unbounded.
Interval paired_interval(std::span<const double> differences);

}  // namespace lama::internal::evaluation

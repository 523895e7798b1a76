// Features as a matrix of Eigen's.
#pragma once

#include <Eigen/Core>

#include "evaluation/features.h"

namespace lama::internal::evaluation {

using Rows =
    Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// The values of `features`, which must outlive it.
inline Rows rows_of(const Features& features) {
  return {features.values.data(), static_cast<Eigen::Index>(features.count()),
          static_cast<Eigen::Index>(features.dimensions)};
}

}  // namespace lama::internal::evaluation

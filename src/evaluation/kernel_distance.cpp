#include "evaluation/kernel_distance.h"

#include <Eigen/Core>
#include <limits>

namespace lama::internal::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd matrix_of(const Features& features) {
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>
      rows(features.values.data(), static_cast<Index>(features.count()),
           static_cast<Index>(features.dimensions));
  return rows.cast<double>();
}

MatrixXd kernel(const MatrixXd& a, const MatrixXd& b) {
  return ((a * b.transpose() / static_cast<double>(a.cols())).array() + 1).cube().matrix();
}

/// The mean over pairs of different rows.
double mean_of_pairs(const MatrixXd& kernel) {
  const auto count = static_cast<double>(kernel.rows());
  return (kernel.sum() - kernel.trace()) / (count * (count - 1));
}

}  // namespace

double kernel_distance(const Features& a, const Features& b) {
  if (a.count() < 2 || b.count() < 2) return std::numeric_limits<double>::quiet_NaN();
  const MatrixXd x = matrix_of(a), y = matrix_of(b);
  return mean_of_pairs(kernel(x, x)) + mean_of_pairs(kernel(y, y)) - 2 * kernel(x, y).mean();
}

}  // namespace lama::internal::evaluation

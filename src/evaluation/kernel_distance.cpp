#include "evaluation/kernel_distance.h"

#include <Eigen/Core>
#include <algorithm>
#include <limits>

#include "evaluation/rows.h"

namespace lama::internal::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// The sum of the kernel over all pairs of a row of `a` and a row of `b`. Block by block: the
/// kernel's whole matrix grows with the square of the number of pictures.
double sum_of_kernel(const Rows& a, const Rows& b) {
  constexpr Index kBlock = 512;
  const auto block = [&](const Rows& rows, Index first) -> MatrixXd {
    return rows.middleRows(first, std::min(kBlock, rows.rows() - first)).cast<double>();
  };
  const auto dimensions = static_cast<double>(a.cols());
  double sum = 0;
  for (Index i = 0; i < a.rows(); i += kBlock) {
    const MatrixXd x = block(a, i);
    for (Index j = 0; j < b.rows(); j += kBlock) {
      const MatrixXd products = x * block(b, j).transpose() / dimensions;
      sum += (products.array() + 1).cube().sum();
    }
  }
  return sum;
}

/// The mean of the kernel over pairs of different rows.
double mean_of_pairs(const Rows& rows) {
  const auto count = static_cast<double>(rows.rows()),
             dimensions = static_cast<double>(rows.cols());
  double of_equal = 0;
  for (Index i = 0; i < rows.rows(); ++i) {
    const double kernel = rows.row(i).cast<double>().squaredNorm() / dimensions + 1;
    of_equal += kernel * kernel * kernel;
  }
  return (sum_of_kernel(rows, rows) - of_equal) / (count * (count - 1));
}

}  // namespace

double kernel_distance(const Features& a, const Features& b) {
  if (a.count() < 2 || b.count() < 2) return std::numeric_limits<double>::quiet_NaN();
  const Rows x = rows_of(a), y = rows_of(b);
  const auto pairs = static_cast<double>(x.rows()) * static_cast<double>(y.rows());
  return mean_of_pairs(x) + mean_of_pairs(y) - 2 * sum_of_kernel(x, y) / pairs;
}

}  // namespace lama::internal::evaluation

#include "evaluation/frechet.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluation/rows.h"

namespace lama::internal::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Normal {
  VectorXd mean;
  MatrixXd factor;  ///< F, with F^T F the covariance
};

Normal fit(const Features& features) {
  const Rows rows = rows_of(features);
  const Index count = rows.rows(), dimensions = rows.cols();
  const double scale = 1 / std::sqrt(static_cast<double>(count - 1));
  Normal normal{VectorXd::Zero(dimensions), {}};
  for (Index i = 0; i < count; ++i) normal.mean += rows.row(i).cast<double>().transpose();
  normal.mean /= static_cast<double>(count);
  const auto centred = [&](Index first, Index n) -> MatrixXd {
    return (rows.middleRows(first, n).cast<double>().rowwise() - normal.mean.transpose()) * scale;
  };
  if (count <= dimensions) {
    normal.factor = centred(0, count);
    return normal;
  }
  // Block by block: all rows in double precision would take twice as much memory again.
  constexpr Index kBlock = 1024;
  MatrixXd covariance = MatrixXd::Zero(dimensions, dimensions);
  for (Index first = 0; first < count; first += kBlock) {
    const MatrixXd block = centred(first, std::min(kBlock, count - first));
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  }
  // S = P^T L D L^T P; rounding may leave tiny negative values in D where S is singular.
  const Eigen::LDLT<MatrixXd, Eigen::Lower> ldlt(covariance);
  const VectorXd roots = ldlt.vectorD().cwiseMax(0.0).cwiseSqrt();
  // From the right, too, Eigen applies the first transposition first: that is P^T, and its
  // transpose P.
  normal.factor =
      roots.asDiagonal() * MatrixXd(ldlt.matrixU()) * ldlt.transpositionsP().transpose();
  return normal;
}

}  // namespace

double frechet_distance(const Features& a, const Features& b) {
  if (a.count() < 2 || b.count() < 2) return std::numeric_limits<double>::quiet_NaN();
  const Normal p = fit(a), q = fit(b);
  const MatrixXd product = p.factor * q.factor.transpose();
  const double root_trace = Eigen::BDCSVD<MatrixXd>(product).singularValues().sum();
  const double distance = (p.mean - q.mean).squaredNorm() + p.factor.squaredNorm() +
                          q.factor.squaredNorm() - 2 * root_trace;
  return std::max(0.0, distance);  // rounding can make the distance of equal sets slightly negative
}

}  // namespace lama::internal::evaluation

#include "evaluation/discriminative_scores.h"

#include <Eigen/Core>
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "evaluation/rows.h"

namespace lama::internal::evaluation {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

/// All pictures as one matrix X: truths, then results, each row with a 1 at its end for the offset.
/// Rows stay float32 in memory; products use double precision, a block at a time.
class Samples {
 public:
  Samples(const Features& truths, const Features& results)
      : parts_{rows_of(truths), rows_of(results)}, count_(parts_[0].rows()) {}

  Index rows() const { return 2 * count_; }
  Index columns() const { return parts_[0].cols() + 1; }

  /// X v
  VectorXd times(const VectorXd& v) const {
    VectorXd product(rows());
    const Index n = columns() - 1;
    for_blocks([&](Index at, const Eigen::MatrixXd& block) {
      product.segment(at, block.rows()) = (block * v.head(n)).array() + v[n];
    });
    return product;
  }
  /// X^T u
  VectorXd transposed_times(const VectorXd& u) const {
    VectorXd product = VectorXd::Zero(columns());
    const Index n = columns() - 1;
    for_blocks([&](Index at, const Eigen::MatrixXd& block) {
      const auto part = u.segment(at, block.rows());
      product.head(n) += block.transpose() * part;
      product[n] += part.sum();
    });
    return product;
  }

 private:
  template <typename Function>
  void for_blocks(Function&& function) const {
    constexpr Index kBlock = 256;
    for (Index part = 0; part < 2; ++part) {
      for (Index first = 0; first < count_; first += kBlock) {
        const Index n = std::min(kBlock, count_ - first);
        function(part * count_ + first, parts_[part].middleRows(first, n).cast<double>());
      }
    }
  }

  Rows parts_[2];
  Index count_;
};

/// Minimises |w|^2 / 2 + C sum max(0, 1 - y_i w x_i)^2, which is strictly convex and has one
/// minimum, by Newton's method: each step solves with conjugate gradients and is shortened until
/// the loss falls (Keerthi and DeCoste, "A Modified Finite Newton Method", 2005).
VectorXd train(const Samples& samples, const VectorXd& labels) {
  constexpr double kC = 1, kTolerance = 1e-6;
  constexpr int kMaxSteps = 100, kMaxInner = 250, kMaxHalvings = 30;
  VectorXd w = VectorXd::Zero(samples.columns());
  VectorXd outputs = VectorXd::Zero(samples.rows());
  const auto slack = [&](const VectorXd& out) -> VectorXd {
    return (1 - labels.array() * out.array()).max(0.0);
  };
  const auto loss = [&](const VectorXd& weights, const VectorXd& out) {
    return weights.squaredNorm() / 2 + kC * slack(out).squaredNorm();
  };
  double first_norm = 0;
  for (int step = 0; step < kMaxSteps; ++step) {
    const VectorXd margin = slack(outputs);
    const VectorXd gradient =
        w - 2 * kC * samples.transposed_times((labels.array() * margin.array()).matrix());
    if (step == 0) first_norm = gradient.norm();
    if (gradient.norm() <= kTolerance * first_norm) break;
    const VectorXd active = (margin.array() > 0).cast<double>();
    const auto curvature = [&](const VectorXd& v) -> VectorXd {
      return v + 2 * kC * samples.transposed_times(active.cwiseProduct(samples.times(v)));
    };
    VectorXd direction = VectorXd::Zero(w.size()), residual = -gradient, search = residual;
    double norm = residual.squaredNorm();
    const double enough = 1e-4 * norm;
    for (int i = 0; i < kMaxInner && norm > enough; ++i) {
      const VectorXd curved = curvature(search);
      const double length = norm / search.dot(curved);
      direction += length * search;
      residual -= length * curved;
      const double next = residual.squaredNorm();
      search = residual + next / norm * search;
      norm = next;
    }
    const VectorXd change = samples.times(direction);
    const double before = loss(w, outputs), slope = gradient.dot(direction);
    double length = 1;
    for (int i = 0; i < kMaxHalvings; ++i, length /= 2) {
      const double after = loss(w + length * direction, outputs + length * change);
      if (after <= before + 1e-4 * length * slope) break;
    }
    w += length * direction;
    outputs += length * change;
  }
  return w;
}

}  // namespace

DiscriminativeScores discriminative_scores(const Features& results, const Features& truths) {
  if (results.count() != truths.count() || results.dimensions != truths.dimensions) {
    throw Error("results and truths must be pairs");
  }
  const auto count = static_cast<Index>(truths.count());
  if (count == 0) {
    return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  }
  const Samples samples(truths, results);
  VectorXd labels = VectorXd::Ones(2 * count);
  labels.tail(count).setConstant(-1);
  const VectorXd decision = samples.times(train(samples, labels));
  const auto real = decision.head(count).array(), fake = decision.tail(count).array();
  const auto pairs = static_cast<double>(count);
  const auto wrong = (real <= 0).count() + (fake > 0).count();
  return {static_cast<double>((fake > real).count()) / pairs,
          static_cast<double>(wrong) / (2 * pairs)};
}

}  // namespace lama::internal::evaluation

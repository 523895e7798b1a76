#include "networks/batch_norm.h"

#include <array>
#include <barrier>
#include <thread>

#include "tests/training/hashed.h"

namespace lama::internal::networks {
namespace {

using testing::difference;
using testing::hashed;

/// Processes that are threads here.
class Together {
 public:
  explicit Together(std::size_t count)
      : given_(count), barrier_(static_cast<std::ptrdiff_t>(count)) {}

  class Member : public AllReduce {
   public:
    Member(Together& all, std::size_t rank) : all_(all), rank_(rank) {}
    torch::Tensor sum(const torch::Tensor& value) override {
      all_.given_[rank_] = value;
      all_.barrier_.arrive_and_wait();
      torch::Tensor sum = torch::zeros_like(value);
      for (const torch::Tensor& given : all_.given_) sum += given.detach();
      all_.barrier_.arrive_and_wait();
      return sum;
    }

   private:
    Together& all_;
    std::size_t rank_;
  };

 private:
  std::vector<torch::Tensor> given_;
  std::barrier<> barrier_;
};

/// Everything that R1 needs of a norm inside a small network: its output, the gradient of the
/// input, and the gradients of a penalty on that gradient.
struct Results {
  torch::Tensor output, gradient, second, weight, bias, mean, variance;
};

Results run(BatchNorm& norm, const torch::Tensor& part) {
  const torch::Tensor x = testing::leaf(part);
  const torch::Tensor y = norm->forward(x);
  const torch::Tensor gradient =
      torch::autograd::grad({(y.pow(3) + y.sin()).sum()}, {x}, {}, true, true)[0];
  (gradient.square().sum() + y.square().sum()).backward();
  return {y.detach(),        gradient.detach(),  x.grad(),         norm->weight.grad(),
          norm->bias.grad(), norm->running_mean, norm->running_var};
}

BatchNorm hashed_norm() {
  BatchNorm norm(5);
  testing::fill_hashed(*norm);
  norm->to(torch::kDouble);
  return norm;
}

void expect_equal(const Results& expected, const Results& actual) {
  EXPECT_LE(difference(expected.output, actual.output), 1e-10);
  EXPECT_LE(difference(expected.gradient, actual.gradient), 1e-10);
  EXPECT_LE(difference(expected.second, actual.second), 1e-9);
  EXPECT_LE(difference(expected.weight, actual.weight), 1e-9);
  EXPECT_LE(difference(expected.bias, actual.bias), 1e-9);
  EXPECT_LE(difference(expected.mean, actual.mean), 1e-12);
  EXPECT_LE(difference(expected.variance, actual.variance), 1e-12);
}

/// A batch whose channels' means are far from 0, where sums of squares would lose digits.
torch::Tensor pictures() {
  return hashed("pictures", {6, 5, 7, 4}) +
         torch::arange(5, torch::kDouble).view({1, 5, 1, 1}) * 10;
}

TEST(BatchNorm, OfOneProcessIsAnOrdinaryOne) {
  BatchNorm ordinary = hashed_norm(), synchronised = hashed_norm();
  Together one(1);
  synchronise_batch_norms(*synchronised, c10::make_intrusive<Together::Member>(one, 0));
  expect_equal(run(ordinary, pictures()), run(synchronised, pictures()));
  EXPECT_EQ(ordinary->num_batches_tracked.item<int>(), 1);
  EXPECT_EQ(synchronised->num_batches_tracked.item<int>(), 1);

  ordinary->eval();
  synchronised->eval();
  EXPECT_LE(difference(ordinary->forward(pictures()), synchronised->forward(pictures())), 1e-12);
}

TEST(BatchNorm, OfSeveralProcessesIsThatOfTheWholeBatch) {
  BatchNorm whole = hashed_norm();
  const Results expected = run(whole, pictures());
  // Shares of different sizes.
  const auto shares = pictures().split_with_sizes({1, 3, 2});
  Together all(shares.size());
  std::array<BatchNorm, 3> norms = {hashed_norm(), hashed_norm(), hashed_norm()};
  std::array<Results, 3> parts;
  std::vector<std::thread> processes;
  for (std::size_t rank = 0; rank < shares.size(); ++rank) {
    processes.emplace_back([&, rank] {
      norms[rank]->synchronise(c10::make_intrusive<Together::Member>(all, rank));
      parts[rank] = run(norms[rank], shares[rank]);
    });
  }
  for (std::thread& process : processes) process.join();
  const auto joined = [&](torch::Tensor Results::*field) {
    return torch::cat({parts[0].*field, parts[1].*field, parts[2].*field});
  };
  for (const Results& part : parts) {
    expect_equal(expected,
                 {joined(&Results::output), joined(&Results::gradient), joined(&Results::second),
                  // Each process has its share of these.
                  parts[0].weight + parts[1].weight + parts[2].weight,
                  parts[0].bias + parts[1].bias + parts[2].bias, part.mean, part.variance});
  }
}

/// Autocast gives bfloat16, in which processes cannot add up, and whose 8 bits count to 256.
TEST(BatchNorm, TakesItsStatisticsOfBfloat16InSinglePrecision) {
  BatchNorm ordinary(5), synchronised(5);
  Together one(1);
  synchronise_batch_norms(*synchronised, c10::make_intrusive<Together::Member>(one, 0));
  const torch::Tensor x = pictures().to(torch::kBFloat16);
  const torch::Tensor y = synchronised->forward(x);
  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  const torch::Tensor expected = ordinary->forward(x.to(torch::kFloat)).to(torch::kDouble);
  EXPECT_LE(difference(expected, y), 0.02);
  EXPECT_LE(difference(ordinary->running_mean.to(torch::kDouble), synchronised->running_mean),
            1e-5);
  EXPECT_LE(difference(ordinary->running_var.to(torch::kDouble), synchronised->running_var), 1e-4);
}

}  // namespace
}  // namespace lama::internal::networks

#include "training/losses/low_frequency.h"

#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

using testing::hashed;

TEST(LowFrequency, IsTheMeanOfWhatSquaresDifferBy) {
  const torch::Tensor prediction = hashed("prediction", {2, 3, 10, 7});
  const torch::Tensor target = hashed("target", {2, 3, 10, 7}),
                      mask = hashed("mask", {2, 1, 10, 7});
  double sum = 0;
  int squares = 0;
  for (int n = 0; n < 2; ++n) {
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < 10; y += 4) {
        for (int x = 0; x < 7; x += 4) {
          const auto square = [&](const torch::Tensor& t, int channel) {
            return t[n][channel].slice(0, y, y + 4).slice(1, x, x + 4);
          };
          sum += ((square(prediction, c) - square(target, c)) * square(mask, 0))
                     .mean()
                     .abs()
                     .item<double>();
          ++squares;
        }
      }
    }
  }
  EXPECT_NEAR(low_frequency(prediction, target, mask, 4).item<double>(), sum / squares, 1e-12);
}

TEST(LowFrequency, SeesShadesAndNoDetail) {
  const torch::Tensor target = hashed("target", {1, 3, 16, 16});
  const torch::Tensor hole = torch::ones({1, 1, 16, 16}, torch::kDouble);
  torch::Tensor detail = torch::ones({1, 3, 16, 16}, torch::kDouble);
  detail.slice(3, 0, 16, 2) = -1;
  EXPECT_NEAR(low_frequency(target + 0.1 * detail, target, hole, 8).item<double>(), 0, 1e-12);
  EXPECT_NEAR(low_frequency(target + 0.1, target, hole, 8).item<double>(), 0.1, 1e-12);
  EXPECT_NEAR(low_frequency(target + 0.1, target, 0 * hole, 8).item<double>(), 0, 1e-12);
}

}  // namespace
}  // namespace lama::internal::training

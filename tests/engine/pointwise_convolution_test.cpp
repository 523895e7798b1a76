#include "engine/pointwise_convolution.h"

#include <algorithm>
#include <limits>

#include "engine/tensor.h"
#include "tests/engine/noise.h"
#include "tests/testing.h"

namespace lama::internal::engine {
namespace {

using testing::noise;

Tensor random_tensor(std::size_t pixels, std::size_t channels, unsigned seed) {
  Tensor tensor(1, pixels, 1, channels);
  const auto values = noise(tensor.size(), seed);
  std::copy(values.begin(), values.end(), tensor.data());
  return tensor;
}

TEST(PointwiseConvolution, SumsTheInputsOfEachPixel) {
  constexpr std::size_t kPixels = 101, kOut = 19;
  const std::vector<std::vector<float>> weights = {noise(7 * kOut, 1), noise(2 * kOut, 2)};
  const std::vector<float> bias = noise(kOut, 3);
  const Tensor first = random_tensor(kPixels, 7, 4), second = random_tensor(kPixels, 2, 5);
  const View<const float> inputs[] = {first.view(), second.view()};
  for (const bool relu : {false, true}) {
    const PointwiseConvolution convolution(weights, bias, relu);
    Tensor out(1, kPixels, 1, kOut);
    AlignedBuffer scratch(convolution.scratch());
    convolution.run(inputs, out.view(), scratch.data());
    for (std::size_t p = 0; p < kPixels; ++p) {
      for (std::size_t o = 0; o < kOut; ++o) {
        double sum = bias[o];
        for (std::size_t i = 0; i < 7; ++i)
          sum += first.view().pixel(p)[i] * weights[0][i * kOut + o];
        for (std::size_t i = 0; i < 2; ++i) {
          sum += second.view().pixel(p)[i] * weights[1][i * kOut + o];
        }
        if (relu) sum = std::max(sum, 0.0);
        EXPECT_NEAR(out.view().pixel(p)[o], sum, 10 * std::numeric_limits<float>::epsilon());
      }
    }
    EXPECT_EQ(convolution.multiplications(kPixels), kPixels * kOut * 9.0);
  }
}

}  // namespace
}  // namespace lama::internal::engine

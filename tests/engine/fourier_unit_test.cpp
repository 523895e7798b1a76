#include "engine/fourier_unit.h"

#include <cmath>

#include "tests/engine/plain_network.h"
#include "tests/testing.h"
#include "weights/safetensors.h"

namespace lama::internal::engine {
namespace {

using weights::SafetensorsFile;

const SafetensorsFile& fixture() {
  static const SafetensorsFile file(testing::data("fourier_unit.safetensors"));
  return file;
}

// PyTorch's own float32 run of this unit was measured at up to 1.2e-6 of the rms from its float64
// run; 4 times that as in network_test.cpp.
constexpr double kTolerance = 5e-6;

class FourierUnitTest : public ::testing::TestWithParam<const char*> {
 protected:
  static FourierUnit unit() {
    const auto weight = fixture().read("bn.weight"), bias = fixture().read("bn.bias");
    const auto mean = fixture().read("bn.running_mean"),
               variance = fixture().read("bn.running_var");
    std::vector<float> scale, shift;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      scale.push_back(static_cast<float>(weight[i] / std::sqrt(variance[i] + 1e-5)));
      shift.push_back(bias[i] - mean[i] * scale[i]);
    }
    return {fixture().read("conv_layer.weight"), scale, shift};
  }
};

TEST_P(FourierUnitTest, MatchesPyTorch) {
  const std::string size = GetParam();
  const auto& shape = fixture().tensors().at("in." + size).shape;
  const auto input = fixture().read("in." + size), expected = fixture().read("out." + size);
  Tensor x(1, static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1]),
           static_cast<std::size_t>(shape[2]));
  std::copy(input.begin(), input.end(), x.data());
  FftPlans plans;
  Workers workers(2);
  unit().add_to(x.view(), plans, workers);
  double square = 0, worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    square += double{expected[i]} * expected[i];
    worst = std::max(worst, std::abs(double{x.data()[i]} - input[i] - expected[i]));
  }
  EXPECT_LE(worst, kTolerance * std::sqrt(square / static_cast<double>(expected.size())));
}

INSTANTIATE_TEST_SUITE_P(Sizes, FourierUnitTest,
                         ::testing::Values("1x1", "1x8", "8x1", "5x7", "8x8", "9x13", "16x12",
                                           "6x31", "17x34"));

// A unit works on some channels of wider pixels and must not touch the others.
TEST(FourierUnitView, LeavesOtherChannelsAlone) {
  const FourierUnit unit(std::vector<float>(16, 0.5F), std::vector<float>(4, 1.0F),
                         std::vector<float>(4, 0.1F));
  Tensor wide(1, 6, 5, 7), narrow(1, 6, 5, 2);
  for (std::size_t i = 0; i < 30; ++i) {
    for (std::size_t c = 0; c < 7; ++c)
      wide.data()[i * 7 + c] = static_cast<float>(i * 7 + c) * 0.1F;
    for (std::size_t c = 0; c < 2; ++c) narrow.data()[i * 2 + c] = wide.data()[i * 7 + 3 + c];
  }
  FftPlans plans;
  Workers workers(1);
  unit.add_to(wide.view().slice(3, 2), plans, workers);
  unit.add_to(narrow.view(), plans, workers);
  for (std::size_t i = 0; i < 30; ++i) {
    for (std::size_t c = 0; c < 7; ++c) {
      const float expected =
          c < 3 || c > 4 ? static_cast<float>(i * 7 + c) * 0.1F : narrow.data()[i * 2 + c - 3];
      EXPECT_EQ(wide.data()[i * 7 + c], expected) << i << " " << c;
    }
  }
}

}  // namespace
}  // namespace lama::internal::engine

#include "engine/kernels/gemm.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "base/float16.h"
#include "tests/engine/kernels/targets.h"

namespace lama::internal::engine {
namespace {

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

struct Size {
  std::size_t pixels, taps, channels, out;
};

/// A float as the product of that precision takes it.
double rounded(float value, Precision precision) {
  if (precision == Precision::f32) return value;
  const std::uint32_t bits = std::uint32_t{bf16_from_float(value)} << 16;
  float result = 0;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

/// Random data for one product, and the product in double.
struct Problem {
  Problem(const Size& shape, bool with_relu, bool with_residual, Precision rounding)
      : size(shape), k(shape.taps * shape.channels), relu(with_relu), precision(rounding) {
    std::mt19937 random(static_cast<unsigned>(size.pixels * 31 + size.out));
    std::uniform_real_distribution<float> uniform(-1, 1);
    const auto fill = [&](std::vector<float>& v, std::size_t n) {
      v.resize(n);
      for (float& x : v) x = uniform(random);
    };
    fill(pixels, (size.pixels + size.taps) * size.channels);
    fill(weights, k * size.out);
    fill(bias, size.out);
    if (with_residual) fill(residual, size.pixels * size.out);
    for (std::size_t t = 0; t < size.taps; ++t) {
      // Taps overlap, as a convolution's do: tap t of pixel p is pixel p + t.
      for (std::size_t p = 0; p < size.pixels; ++p) {
        sources.push_back(pixels.data() + (p + t) * size.channels);
      }
    }
  }

  /// The plain twin: value, and the sum of magnitudes that bounds its rounding.
  std::pair<double, double> expected(std::size_t p, std::size_t c) const {
    double sum = bias[c], magnitude = std::abs(bias[c]);
    for (std::size_t t = 0; t < size.taps; ++t) {
      for (std::size_t i = 0; i < size.channels; ++i) {
        const double product = rounded(sources[t * size.pixels + p][i], precision) *
                               rounded(weights[(t * size.channels + i) * size.out + c], precision);
        sum += product;
        magnitude += std::abs(product);
      }
    }
    if (relu) sum = std::max(0.0, sum);
    if (!residual.empty()) {
      sum += residual[p * size.out + c];
      magnitude += std::abs(residual[p * size.out + c]);
    }
    return {sum, magnitude};
  }

  Size size;
  std::size_t k;
  bool relu;
  Precision precision;
  std::vector<float> pixels, weights, bias, residual;
  std::vector<const float*> sources;
};

void check(const Size& size, bool relu, bool with_residual, Precision precision) {
  SCOPED_TRACE(::testing::Message() << size.pixels << " pixels, " << size.taps << " taps of "
                                    << size.channels << ", " << size.out << " out");
  const Problem problem(size, relu, with_residual, precision);
  const PackedWeights packed(problem.weights.data(), problem.k, size.out, precision);
  AlignedBuffer scratch(gemm_scratch(packed, size.pixels));
  ASSERT_EQ(packed.k(), problem.k);
  ASSERT_EQ(packed.n(), size.out);
  std::vector<float> bias(packed.panels() * packed.panel_width());
  std::copy(problem.bias.begin(), problem.bias.end(), bias.begin());

  // Results are wider apart than they are long: the gap must stay as it was. They start out as the
  // residual, which may be the output itself.
  constexpr float kUntouched = 12345;
  const std::size_t stride = size.out + 3;
  std::vector<float> result(size.pixels * stride, kUntouched);
  std::vector<float*> outputs;
  std::vector<const float*> residuals;
  for (std::size_t p = 0; p < size.pixels; ++p) {
    outputs.push_back(result.data() + p * stride);
    if (with_residual) {
      std::copy_n(problem.residual.data() + p * size.out, size.out, outputs.back());
      residuals.push_back(outputs.back());
    }
  }
  const std::vector<std::size_t> channels(size.taps, size.channels);
  const auto gemm = [&](std::size_t begin, std::size_t end) {
    run({.pixels = size.pixels,
         .taps = size.taps,
         .tap_channels = channels.data(),
         .sources = problem.sources.data(),
         .weights = &packed,
         .bias = bias.data(),
         .relu = relu,
         .outputs = outputs.data(),
         .residuals = with_residual ? residuals.data() : nullptr,
         .begin_panel = begin,
         .end_panel = end,
         .scratch = scratch.data()});
  };
  // In two parts, as several threads would.
  gemm(0, packed.panels() / 2);
  gemm(packed.panels() / 2, packed.panels());

  // Summing n terms one after another in float32 errs by at most n * epsilon / 2 times the sum of
  // their magnitudes (Higham, Accuracy and Stability, section 4.2); one more term for each of the
  // products and the residual when there is no fused multiply-add.
  const double terms = static_cast<double>(problem.k) * 2 + 2;
  for (std::size_t p = 0; p < size.pixels; ++p) {
    for (std::size_t c = 0; c < size.out; ++c) {
      const auto [value, magnitude] = problem.expected(p, c);
      ASSERT_NEAR(outputs[p][c], value, terms * kEpsilon / 2 * magnitude) << p << ", " << c;
    }
    for (std::size_t c = size.out; c < stride; ++c) ASSERT_EQ(outputs[p][c], kUntouched);
  }
}

void check_every_tail(Precision precision) {
  for (std::size_t pixels = 1; pixels <= 26; ++pixels) {
    check({pixels, 2, 5, 7}, true, false, precision);
  }
  for (std::size_t out = 1; out <= 70; ++out) check({13, 3, 4, out}, false, true, precision);
  for (std::size_t channels = 1; channels <= 9; ++channels) {
    check({5, 9, channels, 33}, true, true, precision);
  }
  check({kGemmPixels, 9, 48, 96}, true, true, precision);
  check({100, 1, 24, 24}, true, false, precision);
}

TEST(Gemm, MatchesThePlainProductAtEverySizeOfTail) {
  testing::for_every_target([] { check_every_tail(Precision::f32); });
}

TEST(Gemm, MatchesThePlainProductOfRoundedNumbers) {
  if (!available(Precision::bf16)) GTEST_SKIP() << "this processor has no bf16";
  check_every_tail(Precision::bf16);
  for (std::size_t channels = 31; channels <= 66; ++channels) {
    check({3, 2, channels, 17}, false, false, Precision::bf16);
  }
}

TEST(Gemm, WritesFromTheFirstChannelThatIsAskedFor) {
  testing::for_every_target([] {
    const Problem problem({5, 1, 8, 90}, false, false, Precision::f32);
    const PackedWeights packed(problem.weights.data(), 8, 90);
    const std::size_t first = packed.panel_width(), count = 90 - first, channels = 8;
    std::vector<float> bias(packed.panels() * packed.panel_width()), result(5 * count);
    std::vector<float*> outputs;
    for (std::size_t p = 0; p < 5; ++p) outputs.push_back(result.data() + p * count);
    std::copy(problem.bias.begin(), problem.bias.end(), bias.begin());
    run({.pixels = 5,
         .taps = 1,
         .tap_channels = &channels,
         .sources = problem.sources.data(),
         .weights = &packed,
         .bias = bias.data(),
         .relu = false,
         .outputs = outputs.data(),
         .residuals = nullptr,
         .begin_panel = 1,
         .end_panel = packed.panels(),
         .first_channel = first});
    for (std::size_t i = 0; i < result.size(); ++i) {
      ASSERT_NEAR(result[i], problem.expected(i / count, first + i % count).first, 1e-5) << i;
    }
  });
}

TEST(Gemm, GivesAPixelTheSameBitsWhateverIsComputedBesideIt) {
  testing::for_every_target([] {
    const Problem problem({25, 3, 16, 40}, false, false, Precision::f32);
    const PackedWeights packed(problem.weights.data(), problem.k, 40);
    std::vector<float> bias(packed.panels() * packed.panel_width());
    const std::vector<std::size_t> channels(3, 16);
    const auto compute = [&](std::size_t first, std::size_t count) {
      std::vector<const float*> sources;
      for (std::size_t t = 0; t < 3; ++t) {
        for (std::size_t p = 0; p < count; ++p)
          sources.push_back(problem.sources[t * 25 + first + p]);
      }
      std::vector<float> result(count * 40);
      std::vector<float*> outputs;
      for (std::size_t p = 0; p < count; ++p) outputs.push_back(result.data() + p * 40);
      run({.pixels = count,
           .taps = 3,
           .tap_channels = channels.data(),
           .sources = sources.data(),
           .weights = &packed,
           .bias = bias.data(),
           .relu = false,
           .outputs = outputs.data(),
           .residuals = nullptr,
           .begin_panel = 0,
           .end_panel = packed.panels()});
      return result;
    };
    const auto all = compute(0, 25);
    for (std::size_t p = 0; p < 25; ++p) {
      const auto alone = compute(p, 1);
      EXPECT_TRUE(
          std::equal(alone.begin(), alone.end(), all.begin() + static_cast<std::ptrdiff_t>(p * 40)))
          << p;
    }
  });
}

}  // namespace
}  // namespace lama::internal::engine

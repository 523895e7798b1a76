#include "engine/kernels/winograd.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "base/aligned_buffer.h"
#include "tests/engine/kernels/targets.h"

namespace lama::internal::engine {
namespace {

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
constexpr std::size_t kPixels = kWinogradTile * kWinogradTile;

// The growth, by the two transforms of each direction, of the magnitudes of inputs, weights and
// products: the largest sum over the tile of |A^T| |A|, with |G| |g| |G^T| and |B^T| |d| |B| for
// inputs and weights of magnitude 1 (the points of winograd.cpp, worst pixel). 13 roundings: six in
// the input's transform (two directions of at most three operations one after another), four in the
// weights', and the rest in the result's; the channels' sum adds one for each of them.
constexpr double kRoundings = 6 + 4 + 8;

/// The bound of |A^T| (|G||g||G^T| . |B^T||d||B|) |A| for one channel with |g| = |d| = 1.
double amplification() {
  const double a = 2.0 / 3, b = 3.0 / 2;
  const double points[] = {0, a, -a, b, -b};
  double inputs[6] = {}, weights[6] = {}, results[4][6] = {};
  for (int i = 0; i < 5; ++i) {
    double product = 1;
    std::vector<double> polynomial = {1};  // of the other points, lowest power first
    for (int j = 0; j < 5; ++j) {
      if (i == j) continue;
      product *= points[i] - points[j];
      polynomial.insert(polynomial.begin(), 0);
      for (std::size_t k = 0; k + 1 < polynomial.size(); ++k) {
        polynomial[k] -= points[j] * polynomial[k + 1];
      }
    }
    for (const double c : polynomial) inputs[i] += std::abs(c);
    for (int k = 0; k < 3; ++k) weights[i] += std::abs(std::pow(points[i], k) / product);
    for (int k = 0; k < 4; ++k) results[k][i] = std::abs(std::pow(points[i], k));
  }
  inputs[5] = 1 + (a * a + b * b) + 1;  // the polynomial of all five points
  weights[5] = 1;
  results[3][5] = 1;
  double worst = 0;
  for (const auto& row : results) {
    double sum = 0;
    for (int i = 0; i < 6; ++i) sum += row[i] * inputs[i] * weights[i];
    worst = std::max(worst, sum * sum);
  }
  return worst;
}

struct Size {
  std::size_t tiles;
  std::vector<std::size_t> inputs;
  std::size_t out;
};

/// Random tiles in a line, overlapping as a picture's do; unwanted pixels are null.
struct Problem {
  Problem(const Size& shape, bool with_relu, bool with_residual, bool with_sums)
      : size(shape), relu(with_relu), residual(with_residual), sums(with_sums) {
    std::mt19937 random(static_cast<unsigned>(size.tiles * 31 + size.out));
    std::uniform_real_distribution<float> uniform(-1, 1);
    const auto fill = [&](std::vector<float>& v, std::size_t n) {
      v.resize(n);
      for (float& x : v) x = uniform(random);
    };
    for (const std::size_t n : size.inputs) {
      channels += n;
      fill(maps.emplace_back(), kWinogradInput * width() * n);
    }
    fill(weights, 9 * channels * size.out);
    fill(bias, size.out);
    fill(given, kWinogradTile * size.tiles * kWinogradTile * size.out);
  }
  std::size_t width() const { return size.tiles * kWinogradTile + 2; }
  std::size_t result_pixel(std::size_t tile, std::size_t p) const {
    return (p / kWinogradTile * size.tiles + tile) * kWinogradTile + p % kWinogradTile;
  }

  /// The plain twin: the convolution in double.
  double expected(std::size_t tile, std::size_t p, std::size_t o) const {
    const float extra = given[result_pixel(tile, p) * size.out + o];
    double sum = sums ? double{extra} : double{bias[o]};
    std::size_t first = 0;
    for (std::size_t i = 0; i < maps.size(); first += size.inputs[i++]) {
      for (std::size_t k = 0; k < 9; ++k) {
        const std::size_t y = p / kWinogradTile + k / 3;
        const std::size_t x = tile * kWinogradTile + p % kWinogradTile + k % 3;
        for (std::size_t c = 0; c < size.inputs[i]; ++c) {
          sum += double{maps[i][(y * width() + x) * size.inputs[i] + c]} *
                 weights[(k * channels + first + c) * size.out + o];
        }
      }
    }
    if (relu) sum = std::max(0.0, sum);
    return residual ? sum + extra : sum;
  }

  std::vector<float> run(std::size_t first, std::size_t count, float untouched = 0,
                         Precision precision = Precision::f32) const {
    const PackedWeights taps(weights.data(), 9 * channels, size.out);
    const WinogradWeights transform(taps, precision);
    AlignedBuffer transformed(transform.floats()), scratch(winograd_scratch());
    for (std::size_t i = transform.parts(); i-- > 0;) transform.transform(i, transformed.data());
    std::vector<float> padded(taps.panels() * taps.panel_width());
    std::copy(bias.begin(), bias.end(), padded.begin());
    const std::size_t stride = size.out + 3;
    std::vector<float> result(kPixels * size.tiles * stride, untouched);
    std::vector<const float*> sources, extra;
    std::vector<float*> outputs;
    for (std::size_t i = 0; i < maps.size(); ++i) {
      for (std::size_t t = first; t < first + count; ++t) {
        for (std::size_t p = 0; p < kWinogradPositions; ++p) {
          const std::size_t x = t * kWinogradTile + p % kWinogradInput;
          sources.push_back(maps[i].data() + (p / kWinogradInput * width() + x) * size.inputs[i]);
        }
      }
    }
    for (std::size_t t = first; t < first + count; ++t) {
      for (std::size_t p = 0; p < kPixels; ++p) {
        extra.push_back(given.data() + result_pixel(t, p) * size.out);
        outputs.push_back(wanted(t, p) ? result.data() + result_pixel(t, p) * stride : nullptr);
      }
    }
    for (std::size_t panel = 0; panel < taps.panels(); panel += winograd_panels()) {
      std::vector<const float*> panel_sums = extra;
      for (const float*& sum : panel_sums) sum += panel * taps.panel_width();
      engine::run(Winograd{.tiles = count,
                           .inputs = size.inputs.size(),
                           .input_channels = size.inputs.data(),
                           .sources = sources.data(),
                           .taps = &taps,
                           .transformed = transformed.data(),
                           .sums = sums ? panel_sums.data() : nullptr,
                           .bias = padded.data(),
                           .relu = relu,
                           .outputs = outputs.data(),
                           .residuals = residual ? extra.data() : nullptr,
                           .scratch = scratch.data(),
                           .begin_panel = panel,
                           .end_panel = std::min(taps.panels(), panel + winograd_panels()),
                           .precision = precision});
    }
    return result;
  }
  /// Not the last row and column of the last tile, as at the edge of a picture.
  bool wanted(std::size_t tile, std::size_t p) const {
    return tile + 1 < size.tiles || (p / kWinogradTile < 3 && p % kWinogradTile < 3);
  }

  Size size;
  std::size_t channels = 0;
  bool relu, residual, sums;
  std::vector<std::vector<float>> maps;
  std::vector<float> weights, bias, given;
};

void check(const Size& size, bool relu, bool residual, bool sums,
           Precision precision = Precision::f32) {
  SCOPED_TRACE(::testing::Message() << size.tiles << " tiles, " << size.inputs.front() << " of "
                                    << size.inputs.size() << " inputs, " << size.out << " out");
  constexpr float kUntouched = 12345;
  const Problem problem(size, relu, residual, sums);
  const std::vector<float> result = problem.run(0, size.tiles, kUntouched, precision);
  const auto channels = static_cast<double>(problem.channels);
  // bfloat16 rounds both factors of every product once more, to 8 digits.
  const double digits = precision == Precision::bf16 ? 2 * std::ldexp(1.01, -9) : 0;
  const double tolerance =
      ((channels + kRoundings) * kEpsilon / 2 + digits) * channels * amplification() + 4 * kEpsilon;
  const std::size_t stride = size.out + 3;
  for (std::size_t t = 0; t < size.tiles; ++t) {
    for (std::size_t p = 0; p < kPixels; ++p) {
      const float* pixel = result.data() + problem.result_pixel(t, p) * stride;
      for (std::size_t o = 0; o < stride; ++o) {
        if (o < size.out && problem.wanted(t, p)) {
          ASSERT_NEAR(pixel[o], problem.expected(t, p, o), tolerance)
              << t << ", " << p << ", " << o;
        } else {
          ASSERT_EQ(pixel[o], kUntouched);
        }
      }
    }
  }
}

void check_every_tail(Precision precision) {
  for (std::size_t tiles = 1; tiles <= kWinogradTiles; ++tiles) {
    check({tiles, {5}, 7}, true, false, false, precision);
  }
  for (std::size_t out = 1; out <= 70; ++out) check({2, {4}, out}, false, true, true, precision);
  for (std::size_t channels = 1; channels <= 33; ++channels) {
    check({3, {channels, 3}, 19}, true, true, false, precision);
  }
  // More channels than one group, and inputs that begin within one.
  check({5, {100, 60, 8}, 40}, false, false, true, precision);
  check({4, {17}, kWinogradChannels + 24}, true, false, true, precision);
  check({3, {kWinogradChannels + 9}, kWinogradChannels + 33}, false, true, false, precision);
}

TEST(Winograd, MatchesTheConvolutionAtEverySizeOfTail) {
  testing::for_every_target([] { check_every_tail(Precision::f32); });
}

TEST(Winograd, MatchesTheConvolutionInBf16) {
  if (!available(Precision::bf16)) GTEST_SKIP() << "this processor has no bf16";
  check_every_tail(Precision::bf16);
}

// The bound above is wide, because it is that of the worst case. The typical error shows whether a
// kernel rounds once or twice.
TEST(Winograd, ErrsInBf16AsTheRoundingsSay) {
  if (!available(Precision::bf16)) GTEST_SKIP() << "this processor has no bf16";
  const Problem problem({kWinogradTiles, {128}, 32}, false, false, false);
  const auto result = problem.run(0, kWinogradTiles, 0, Precision::bf16);
  double error = 0, power = 0;
  std::size_t count = 0;
  for (std::size_t t = 0; t < kWinogradTiles; ++t) {
    for (std::size_t p = 0; p < kPixels; ++p) {
      if (!problem.wanted(t, p)) continue;
      for (std::size_t o = 0; o < 32; ++o, ++count) {
        const double expected = problem.expected(t, p, o);
        const double actual = result[problem.result_pixel(t, p) * 35 + o];
        error += (actual - expected) * (actual - expected);
        power += expected * expected;
      }
    }
  }
  // From 1 to 2, neighbours are 2^-7 apart and rounding errs by that over the root of 12, which is
  // one part of 1.5 on the average. Both factors are rounded; the transforms amplify white noise
  // 4.76 times.
  const double expected = std::sqrt(2.0) * std::ldexp(1, -7) / std::sqrt(12.0) / 1.5 * 4.76;
  EXPECT_NEAR(std::sqrt(error / power), expected, 0.3 * expected);
}

TEST(Winograd, GivesATileTheSameBitsWhateverIsComputedBesideIt) {
  testing::for_every_target([] {
    const Problem problem({kWinogradTiles, {150}, 40}, false, false, false);
    const auto all = problem.run(0, kWinogradTiles);
    for (std::size_t t = 0; t < kWinogradTiles; ++t) {
      const auto alone = problem.run(t, 1);
      std::size_t different = 0;
      for (std::size_t p = 0; p < kPixels; ++p) {
        const std::size_t at = problem.result_pixel(t, p) * 43;
        for (std::size_t o = 0; o < 40; ++o) different += alone[at + o] == all[at + o] ? 0 : 1;
      }
      EXPECT_EQ(different, 0U) << t;
    }
  });
}

// What the points were chosen for: errors as seen in a network, inputs after a ReLU and weights
// that keep the scale. The usual points 1 and 2 give more than twice this.
TEST(Winograd, ErrsLittleMoreThanASumOfProducts) {
  Problem problem({8, {128}, 32}, false, false, false);
  for (float& x : problem.maps[0]) x = std::max(x, 0.0F);
  for (float& w : problem.weights) w *= 0.06F;
  const auto result = problem.run(0, 8);
  double squares = 0, errors = 0;
  for (std::size_t t = 0; t < 7; ++t) {
    for (std::size_t p = 0; p < kPixels; ++p) {
      for (std::size_t o = 0; o < 32; ++o) {
        const double value = problem.expected(t, p, o);
        const double error = result[problem.result_pixel(t, p) * 35 + o] - value;
        squares += value * value;
        errors += error * error;
      }
    }
  }
  EXPECT_LE(std::sqrt(errors / squares), 1e-6);
}

}  // namespace
}  // namespace lama::internal::engine

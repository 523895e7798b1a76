#include "engine/kernels/fft.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <vector>

#include "tests/engine/kernels/targets.h"
#include "tests/engine/noise.h"
#include "tests/testing.h"
#include "weights/safetensors.h"

namespace lama::internal::engine {
namespace {

using testing::noise;

using Complex = std::complex<double>;

// A butterfly adds a handful of terms and multiplies once by a rounded twiddle: each of the
// log2(n) levels adds a few epsilon / 2 of the transform's rms (Higham, section 24.1: eta = mu +
// gamma_4 (sqrt 2 + mu) per level, about 7 epsilon / 2 with rounded twiddles). Single elements
// reach some multiple of that. Bluestein's detour runs three transforms of up to four times the
// length, and so three times the error and two more multiplications.
double tolerance(std::size_t n) {
  const double levels = std::log2(static_cast<double>(n)) + 1;
  const bool detour = FftPlan(n).chirp() != nullptr;
  return 3.5 * std::numeric_limits<float>::epsilon() * (detour ? 3 * (levels + 3) : levels);
}

/// The transform by its definition.
std::vector<Complex> plain(const std::vector<Complex>& x, bool inverse) {
  const std::size_t n = x.size();
  std::vector<Complex> result(n), roots(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n);
    roots[i] = std::polar(1.0, inverse ? angle : -angle);
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) result[k] += x[i] * roots[i * k % n];
  }
  return result;
}

double rms(const std::vector<Complex>& x) {
  double sum = 0;
  for (const Complex v : x) sum += std::norm(v);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

/// Every length up to 150, which covers all small factors and primes, and larger ones of each kind:
/// powers of two, the bottleneck sizes of 4K video, products of odd radices, large primes.
std::vector<std::size_t> lengths() {
  std::vector<std::size_t> list;
  for (std::size_t n = 1; n <= 150; ++n) list.push_back(n);
  for (const std::size_t n : {240, 256, 270, 480, 512, 1001, 1024, 1155, 251, 509, 1021, 2 * 509}) {
    list.push_back(n);
  }
  return list;
}

/// Channel counts around a vector's width, each with its own tail; few for long transforms, whose
/// definition takes n * n steps.
std::size_t few(std::size_t n, std::size_t most) { return n > 150 ? 2 : 1 + n % most; }

TEST(Fft, ColumnMatchesTheDefinitionAtEveryLength) {
  testing::for_every_target([] {
    for (const std::size_t n : lengths()) {
      const std::size_t channels = few(n, 19), stride = 2 * channels + 3;
      const auto input = noise(n * stride, static_cast<unsigned>(n));
      const FftPlan plan(n);
      AlignedBuffer scratch(FftPlan::scratch(n));
      for (const bool inverse : {false, true}) {
        auto data = input;
        fft_column(plan, channels, inverse, {data.data(), stride}, scratch.data());
        for (std::size_t c = 0; c < channels; ++c) {
          std::vector<Complex> column(n);
          for (std::size_t y = 0; y < n; ++y) {
            column[y] = {input[y * stride + c], input[y * stride + channels + c]};
          }
          const auto expected = plain(column, inverse);
          const double allowed = tolerance(n) * rms(expected);
          for (std::size_t y = 0; y < n; ++y) {
            const Complex actual(data[y * stride + c], data[y * stride + channels + c]);
            ASSERT_LE(std::abs(actual - expected[y]), allowed) << n << " at " << y << ", " << c;
          }
        }
        for (std::size_t y = 0; y < n; ++y) {
          for (std::size_t c = 2 * channels; c < stride; ++c) {
            ASSERT_EQ(data[y * stride + c], input[y * stride + c]) << "beyond the channels";
          }
        }
      }
    }
  });
}

TEST(Fft, RealRowsMatchTheDefinitionAtEveryLength) {
  testing::for_every_target([] {
    for (const std::size_t n : lengths()) {
      const std::size_t channels = few(n, 18), bins = n / 2 + 1;
      const auto row0 = noise(n * channels, 1), row1 = noise(n * channels, 2);
      const FftPlan plan(n);
      AlignedBuffer scratch(FftPlan::scratch(n));
      for (const bool two : {true, false}) {
        std::vector<float> out0(bins * 2 * channels), out1(out0.size(), 77.0F);
        real_fft_rows(plan, channels, 0.5F, {row0.data(), channels}, two ? row1.data() : nullptr,
                      {out0.data(), 2 * channels}, two ? out1.data() : nullptr, scratch.data());
        const auto compare = [&](const std::vector<float>& row, const std::vector<float>& out) {
          for (std::size_t c = 0; c < channels; ++c) {
            std::vector<Complex> line(n);
            for (std::size_t x = 0; x < n; ++x) line[x] = 0.5 * row[x * channels + c];
            const auto expected = plain(line, false);
            // The other row shares the transform, and so its rounding.
            const double allowed = 2 * tolerance(n) * rms(expected) + 1e-7;
            for (std::size_t k = 0; k < bins; ++k) {
              const Complex actual(out[k * 2 * channels + c], out[(k * 2 + 1) * channels + c]);
              ASSERT_LE(std::abs(actual - expected[k]), allowed) << n << " bin " << k;
            }
          }
        };
        compare(row0, out0);
        if (two) {
          compare(row1, out1);
        } else {
          for (const float v : out1) ASSERT_EQ(v, 77.0F) << "there is no second row";
        }
      }
    }
  });
}

// On spectra that no real signal has: the imaginary parts of the edge bins must play no part.
TEST(Fft, InverseRowsIgnoreTheImaginaryPartsOfTheEdgeBins) {
  testing::for_every_target([] {
    for (const std::size_t n : lengths()) {
      const std::size_t channels = few(n, 17), bins = n / 2 + 1, size = bins * 2 * channels;
      const auto spectrum0 = noise(size, 3), spectrum1 = noise(size, 4);
      const auto start = noise(n * channels, 5);
      const FftPlan plan(n);
      AlignedBuffer scratch(FftPlan::scratch(n));
      for (const bool two : {true, false}) {
        auto row0 = start, row1 = start;
        real_inverse_fft_rows(plan, channels, 0.25F, {spectrum0.data(), 2 * channels},
                              two ? spectrum1.data() : nullptr, {row0.data(), channels},
                              two ? row1.data() : nullptr, scratch.data());
        const auto compare = [&](const std::vector<float>& spectrum,
                                 const std::vector<float>& row) {
          for (std::size_t c = 0; c < channels; ++c) {
            std::vector<Complex> full(n);
            for (std::size_t k = 0; k < bins; ++k) {
              const Complex bin(spectrum[k * 2 * channels + c],
                                spectrum[(k * 2 + 1) * channels + c]);
              full[k] = bin;
              if (k == 0 || 2 * k == n) {
                full[k] = bin.real();
              } else {
                full[n - k] = std::conj(bin);
              }
            }
            const auto expected = plain(full, true);
            const double allowed = 0.5 * tolerance(n) * rms(expected) + 2e-7;
            for (std::size_t x = 0; x < n; ++x) {
              ASSERT_NEAR(row[x * channels + c],
                          start[x * channels + c] + 0.25 * expected[x].real(), allowed)
                  << n << " at " << x;
            }
          }
        };
        compare(spectrum0, row0);
        if (two) {
          compare(spectrum1, row1);
        } else {
          EXPECT_EQ(row1, start);
        }
      }
    }
  });
}

// The whole two-dimensional inverse against PyTorch, on spectra that are not Hermitian.
TEST(Fft, InverseMatchesPyTorchOnNonHermitianSpectra) {
  const weights::SafetensorsFile file(testing::data("fourier_unit.safetensors"));
  constexpr std::size_t kChannels = 3;
  testing::for_every_target([&] {
    for (const std::string size : {"1x2", "2x1", "8x8", "7x9", "12x10", "5x64", "64x5", "31x37"}) {
      const auto expected = file.read("irfft." + size), pairs = file.read("spec." + size);
      const auto& shape = file.tensors().at("irfft." + size).shape;
      const auto height = static_cast<std::size_t>(shape[0]),
                 width = static_cast<std::size_t>(shape[1]);
      const std::size_t bins = width / 2 + 1, pixel = 2 * kChannels;
      std::vector<float> spectrum(height * bins * pixel), result(height * width * kChannels);
      for (std::size_t i = 0; i < height * bins; ++i) {
        for (std::size_t c = 0; c < kChannels; ++c) {
          spectrum[i * pixel + c] = pairs[(i * kChannels + c) * 2];
          spectrum[i * pixel + kChannels + c] = pairs[(i * kChannels + c) * 2 + 1];
        }
      }
      const FftPlan rows(width), columns(height);
      AlignedBuffer scratch(std::max(FftPlan::scratch(width), FftPlan::scratch(height)));
      for (std::size_t k = 0; k < bins; ++k) {
        fft_column(columns, kChannels, true, {spectrum.data() + k * pixel, bins * pixel},
                   scratch.data());
      }
      const float scale = 1 / std::sqrt(static_cast<float>(height * width));
      for (std::size_t y = 0; y < height; y += 2) {
        const bool two = y + 1 < height;
        real_inverse_fft_rows(rows, kChannels, scale, {spectrum.data() + y * bins * pixel, pixel},
                              two ? spectrum.data() + (y + 1) * bins * pixel : nullptr,
                              {result.data() + y * width * kChannels, kChannels},
                              two ? result.data() + (y + 1) * width * kChannels : nullptr,
                              scratch.data());
      }
      double worst = 0, square = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        worst = std::max(worst, std::abs(double{result[i]} - expected[i]));
        square += double{expected[i]} * expected[i];
      }
      EXPECT_LE(worst, (tolerance(width) + tolerance(height)) *
                           std::sqrt(square / static_cast<double>(expected.size())))
          << size;
    }
  });
}

}  // namespace
}  // namespace lama::internal::engine

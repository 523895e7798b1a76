// Fourier transforms across channels: every SIMD lane transforms its own channel, so that any
// length runs at full width without shuffles.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/aligned_buffer.h"

namespace lama::internal::engine {

/// How to transform a length: made once per length, read by all threads.
class FftPlan {
 public:
  explicit FftPlan(std::size_t length);  ///< length >= 1, primes included

  /// One mixed-radix step. Before it the data is `stride` interleaved transforms of length
  /// radix * rest; after it, stride * radix of length rest (Stockham's self-sorting order).
  struct Pass {
    std::size_t radix, rest, stride;
    /// exp(-2 pi i p k / (radix * rest)) as re, im for p < rest, 1 <= k < radix.
    std::vector<float> twiddles;
    /// cos and sin of 2 pi j / radix, for radices without a butterfly of their own.
    std::vector<float> roots;
  };

  /// Lengths with a prime factor above 13 go through a convolution (Bluestein): the transform is
  /// chirp * (chirp-modulated input convolved with the conjugate chirp), at a convenient length.
  struct Chirp {
    std::unique_ptr<FftPlan> plan;  ///< of the convolution's length, >= 2 * length - 1
    std::vector<float> modulation;  ///< exp(-pi i k^2 / length) as re, im; k < length
    std::vector<float> kernel;      ///< transform of its conjugate, over the plan's length
  };

  std::size_t length() const { return length_; }
  const std::vector<Pass>& passes() const { return passes_; }
  const Chirp* chirp() const { return chirp_.get(); }

  /// Floats of scratch memory the functions below need for a plan of this length.
  static std::size_t scratch(std::size_t length);

 private:
  std::size_t length_;
  std::vector<Pass> passes_;
  std::unique_ptr<Chirp> chirp_;
};

/// A row of pixels, each of `channels` floats, `stride` floats apart.
template <typename T>
struct PixelRow {
  T* data;
  std::size_t stride;
};

// The half spectrum of a row of W real pixels has W / 2 + 1 complex pixels. A complex pixel is
// stored as all its real parts, then all its imaginary parts: 2 * channels floats.

/// Two real rows at once (one as the real, one as the imaginary part of a complex transform), times
/// `scale`. `row1` and `spectrum1` may be null (an odd number of rows).
void real_fft_rows(const FftPlan& plan, std::size_t channels, float scale,
                   PixelRow<const float> row0, const float* row1, PixelRow<float> spectrum0,
                   float* spectrum1, float* scratch);

/// The inverse of the above on a half spectrum that need not be Hermitian: the imaginary parts of
/// bin 0 and, for even W, bin W / 2 are ignored. Adds the result, times `scale`, to the rows.
void real_inverse_fft_rows(const FftPlan& plan, std::size_t channels, float scale,
                           PixelRow<const float> spectrum0, const float* spectrum1,
                           PixelRow<float> row0, float* row1, float* scratch);

/// One column of complex pixels, in place, unscaled.
void fft_column(const FftPlan& plan, std::size_t channels, bool inverse, PixelRow<float> column,
                float* scratch);

}  // namespace lama::internal::engine

// The Fourier unit (paper section 2.1; exact definition in docs/architecture.md).
#pragma once

#include <map>
#include <span>

#include "base/thread_pool.h"
#include "engine/convolution.h"
#include "engine/kernels/fft.h"
#include "engine/tensor.h"

namespace lama::engine {

/// Transform plans by length, made when first needed. Not thread-safe.
class FftPlans {
 public:
  const FftPlan& operator[](std::size_t length);

 private:
  std::map<std::size_t, FftPlan> plans_;
};

class FourierUnit {
 public:
  FourierUnit() = default;
  /// `weights` [2C][2C] and the folded batch norm's `scale` and `shift` [2C], with the published
  /// channel order: real and imaginary part of channel 0, then of channel 1, …
  FourierUnit(std::span<const float> weights, std::span<const float> scale,
              std::span<const float> shift);

  /// x += irfft2(relu(bn(conv1x1(rfft2(x))))), both transforms orthonormal over height and width.
  void add_to(View<float> x, FftPlans& plans, ThreadPool& pool) const;

  /// Multiplications of the 1x1 convolution.
  double multiplications(std::size_t batch, std::size_t height, std::size_t width) const {
    return convolution_.multiplications(batch * height * (width / 2 + 1));
  }

 private:
  std::size_t channels_ = 0;
  Convolution convolution_;
};

}  // namespace lama::engine

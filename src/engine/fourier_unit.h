// The Fourier unit (paper section 2.1; exact definition in docs/architecture.md).
#pragma once

#include <map>
#include <span>
#include <vector>

#include "engine/kernels/fft.h"
#include "engine/pointwise_convolution.h"
#include "engine/tensor.h"
#include "engine/workers.h"
#include "model/generator_config.h"

namespace lama::internal::engine {

/// Transform plans by length, made when first needed. Not thread-safe.
class FftPlans {
 public:
  const FftPlan& operator[](std::size_t length);

 private:
  std::map<std::size_t, FftPlan> plans_;
};

/// The weights of a squeeze-and-excitation layer, in the published order of channels.
struct SqueezeExcitation {
  std::vector<float> down;  ///< [reduced][channels]
  std::vector<float> up;    ///< [channels][reduced]
};

class FourierUnit {
 public:
  FourierUnit() = default;
  /// `weights` [2C][in] and the folded batch norm's `scale` and `shift` [2C], with the published
  /// channel order: real and imaginary part of channel 0, then of channel 1, … `in` is 2C, or two
  /// more, for the coordinates before them. `se` is used if the options say so.
  FourierUnit(std::span<const float> weights, std::span<const float> scale,
              std::span<const float> shift, const model::FourierUnitOptions& options = {},
              SqueezeExcitation se = {}, Precision precision = Precision::f32);

  /// sum += irfft2(relu(bn(conv1x1(rfft2(x))))), both transforms over height and width (and with
  /// ffc3d over the channels); orthonormal unless the options say otherwise. `sum` may be `x`.
  void add(const View<const float>& x, const View<float>& sum, FftPlans& plans,
           Workers& workers) const;
  void add_to(View<float> x, FftPlans& plans, Workers& workers) const { add(x, x, plans, workers); }

  /// Multiplications of the 1x1 convolution.
  double multiplications(std::size_t batch, std::size_t height, std::size_t width) const;
  /// Floats alive inside add().
  std::size_t floats(std::size_t batch, std::size_t height, std::size_t width) const;
  Scratch scratch(std::size_t height, std::size_t width) const;

 private:
  std::size_t scaled(std::size_t side) const;
  void add_unscaled(const View<const float>& x, const View<float>& sum, FftPlans& plans,
                    Workers& workers) const;
  struct Columns;
  enum class Half { forward, back, both };
  void run_columns(const Columns& columns, Half half, Workers& workers) const;
  std::size_t column_floats(std::size_t height) const;
  std::size_t column_scratch(std::size_t height) const;
  void excite(Tensor& spectrum, Tensor& coordinates, Workers& workers) const;

  std::size_t channels_ = 0;
  model::FourierUnitOptions options_;
  SqueezeExcitation se_;
  PointwiseConvolution convolution_;
  PointwiseConvolution across_channels_, back_across_channels_;  // ffc3d: the transform as a matrix
};

}  // namespace lama::internal::engine

// A convolution as one matrix product whose pixels are named by pointers.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/aligned_buffer.h"
#include "engine/convolution.h"
#include "engine/convolution_method.h"
#include "engine/kernels/gemm.h"
#include "engine/tensor.h"
#include "engine/workers.h"

namespace lama::internal::engine {

/// Const functions do not change it.
class GatheredProduct {
 public:
  /// Sets sources[t * step] to the pixel that tap t reads for pixel (y, x) of picture n of the
  /// result.
  using Gather = std::function<void(std::size_t n, std::size_t y, std::size_t x,
                                    const float** sources, std::size_t step)>;

  /// `stage` is its name in profiles. Tap t reads tap_channels[t] neighbouring floats; their sum is
  /// that of the inputs of all taps of `spec`.
  GatheredProduct(const ConvolutionSpec& spec, const char* stage,
                  std::vector<std::size_t> tap_channels);

  /// Computes the part `out` of `batch` results. `target` and `residual` are as in
  /// Convolution::run.
  void run(const Gather& gather, std::size_t batch, const Region& out,
           const Convolution::Target& target, const View<const float>& residual,
           Workers& workers) const;

  /// Multiplications for `pixels` result pixels.
  double multiplications(std::size_t pixels) const;
  /// Floats of its own that each worker needs.
  std::size_t scratch() const;

 private:
  const char* stage_;
  std::vector<std::size_t> tap_channels_;
  PackedWeights weights_;
  AlignedBuffer bias_;
  bool relu_;
};

/// Floats of its own that each worker needs for a product with `weights`.
std::size_t product_scratch(const PackedWeights& weights);

}  // namespace lama::internal::engine

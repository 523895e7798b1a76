// A convolution as one matrix product whose pixels are named by pointers.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "engine/convolution.h"
#include "engine/kernels/gemm.h"
#include "engine/tensor.h"
#include "engine/workers.h"

namespace lama::internal::engine {

struct GatheredProduct {
  /// Sets sources[t * step] to the pixel that tap t reads for pixel (y, x) of picture n of the
  /// result.
  using Gather = std::function<void(std::size_t n, std::size_t y, std::size_t x,
                                    const float** sources, std::size_t step)>;

  const char* stage;  ///< in profiles
  std::span<const std::size_t> tap_channels;
  const Gather& gather;
  const PackedWeights& weights;
  const float* bias;  ///< padded to whole panels
  bool relu;
};

/// Computes the part `out` of `batch` results. `target` and `residual` are as in Convolution::run.
void run(const GatheredProduct& product, std::size_t batch, const Region& out,
         const Convolution::Target& target, const View<const float>& residual, Workers& workers);

/// Floats of its own that each worker needs.
std::size_t product_scratch(const PackedWeights& weights);

}  // namespace lama::internal::engine

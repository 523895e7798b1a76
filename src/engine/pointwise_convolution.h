// 1x1 convolutions inside a task of a worker.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "engine/kernels/gemm.h"
#include "engine/tensor.h"

namespace lama::internal::engine {

/// A sum of 1x1 convolutions of one or two inputs, plus bias, perhaps through a ReLU. Const
/// functions do not change it.
class PointwiseConvolution {
 public:
  PointwiseConvolution() = default;
  /// `weights` of each input: [input channels][bias.size()].
  PointwiseConvolution(std::span<const std::vector<float>> weights, std::span<const float> bias,
                       bool relu, Precision precision = Precision::f32);

  /// Computes the pixels of `out`, of which each input has as many. `scratch`: scratch() floats.
  void run(std::span<const View<const float>> inputs, const View<float>& out, float* scratch) const;
  std::size_t scratch() const { return gemm_scratch(weights_, kGemmPixels); }
  /// Multiplications for `pixels` result pixels.
  double multiplications(std::size_t pixels) const;

 private:
  std::vector<std::size_t> input_channels_;
  PackedWeights weights_;
  AlignedBuffer bias_;  // padded with zeros to whole panels
  bool relu_ = false;
};

}  // namespace lama::internal::engine

// The one matrix product of the engine: every convolution is a sum of products between gathered
// pixels and packed weights.
#pragma once

#include <cstddef>
#include <span>

#include "base/aligned_buffer.h"
#include "engine/precision.h"

namespace lama::internal::engine {

/// A K x N weight matrix in the order the kernel reads it: panels of as many output channels as fit
/// the registers, each panel K rows after one another. The layout depends on the processor.
class PackedWeights {
 public:
  PackedWeights() = default;
  /// `weights` is K x N, row-major: N contiguous output channels for each of the K inputs.
  PackedWeights(const float* weights, std::size_t k, std::size_t n,
                Precision precision = Precision::f32);

  std::size_t k() const { return k_; }
  std::size_t n() const { return n_; }
  Precision precision() const { return precision_; }
  std::size_t panels() const { return (n_ + panel_width_ - 1) / panel_width_; }
  std::size_t panel_width() const { return panel_width_; }
  /// n() rounded up to whole vectors.
  std::size_t stored_columns() const { return rows_ == 0 ? 0 : data_.size() / rows_; }
  /// Panel p starts here; the last one is padded with zero channels to whole vectors. With bf16 two
  /// numbers share the place of one (see kernels/bf16.h).
  const float* panel(std::size_t p) const { return data_.data() + p * panel_width_ * rows_; }

 private:
  std::size_t k_ = 0, n_ = 0;
  std::size_t rows_ = 0;  // k, or half of that
  std::size_t panel_width_ = 1;
  Precision precision_ = Precision::f32;
  AlignedBuffer data_;
};

/// out[p][c] = act(bias[c] + sum over taps t, channels i of source[t][p][i] * weight[t, i][c])
///             + residual[p][c]
///
/// A tap is one position of a convolution's kernel: for each output pixel it names the input pixel
/// under it, so that strides, borders and sums of convolutions cost nothing but pointers. The order
/// of additions is fixed by the taps and channels alone: an output pixel gets the same bits
/// whatever other pixels are computed with it.
struct Gemm {
  std::size_t pixels;
  std::size_t taps;
  const std::size_t* tap_channels;  ///< [taps]; their sum is weights->k()
  const float* const* sources;      ///< [taps][pixels]
  const PackedWeights* weights;
  const float* bias;  ///< [n] padded to whole panels
  bool relu;
  float* const* outputs;               ///< [pixels], n channels each
  const float* const* residuals;       ///< [pixels] or null; may equal `outputs`
  std::size_t begin_panel, end_panel;  ///< which output channels to compute
  std::size_t first_channel = 0;       ///< the one that `outputs` begin with
  float* scratch = nullptr;            ///< gemm_scratch() floats, aligned as AlignedBuffer
};

void run(const Gemm& gemm);

/// `bias` as Gemm takes it with `weights`: padded with zeros to whole panels.
AlignedBuffer padded_bias(std::span<const float> bias, const PackedWeights& weights);

/// Floats for a product of so many pixels.
std::size_t gemm_scratch(const PackedWeights& weights, std::size_t pixels);

/// Work is cheapest when pixels come in multiples of this (for any processor).
inline constexpr std::size_t kGemmPixels = 48;

}  // namespace lama::internal::engine

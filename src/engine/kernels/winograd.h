// Winograd's minimal filtering F(4x4, 3x3): a 3x3 convolution with stride 1 takes 36
// multiplications for each 4x4 pixels instead of 144 (Lavin and Gray, arXiv 1509.09308).
#pragma once

#include <cstddef>

#include "engine/kernels/gemm.h"

namespace lama::internal::engine {

// A tile is 4x4 pixels of the result; it is computed from the 6x6 pixels of the input around them.
// One channel of those becomes 36 numbers, and so does a 3x3 kernel; the product of two polynomials
// is, at 36 points, 36 products. So there is one matrix product over the channels for each of the
// 36 positions.
inline constexpr std::size_t kWinogradTile = 4, kWinogradInput = 6;
inline constexpr std::size_t kWinogradPositions = kWinogradInput * kWinogradInput;
/// Tiles computed together: with kWinogradChannels of them their 36 matrices stay in a core's cache
/// of 1 MB while the weights stream past.
inline constexpr std::size_t kWinogradTiles = 24;
inline constexpr std::size_t kWinogradChannels = 128;

/// A 3x3 kernel's weights at the 36 positions, four times as large as they were: made anew before
/// every use, in memory that all layers share.
class WinogradWeights {
 public:
  /// `taps`, in float32, holds the nine taps of the kernel in rows: k() is 9 times the input
  /// channels. `precision` is that of the products.
  explicit WinogradWeights(const PackedWeights& taps, Precision precision = Precision::f32);

  std::size_t floats() const;
  /// The work falls into parts, which may be done in any order and at the same time.
  std::size_t parts() const;
  void transform(std::size_t part, float* to) const;

 private:
  const PackedWeights& taps_;
  Precision precision_;
};

/// A block of tiles:
///   out[t][p][c] = act(sum[t][p][c] + the convolution) + residual[t][p][c]
/// The order of additions depends on the channels alone: a pixel gets the same bits whatever other
/// tiles are computed with its own.
struct Winograd {
  std::size_t tiles;  ///< up to kWinogradTiles
  std::size_t inputs;
  const std::size_t* input_channels;  ///< [inputs]
  const float* const* sources;        ///< [inputs][tiles][36], each the input's channels
  const PackedWeights* taps;
  const float* transformed;  ///< `taps` by WinogradWeights
  const float* const* sums;  ///< [tiles][16], channels from those of begin_panel; null for `bias`
  const float* bias;         ///< [n] padded to whole panels
  bool relu;
  float* const* outputs;          ///< [tiles][16]; null where a pixel is not wanted
  const float* const* residuals;  ///< [tiles][16] or null; may equal `outputs`
  float* scratch;                 ///< winograd_scratch() floats, aligned as AlignedBuffer
  /// Which output channels to compute: from a multiple of winograd_panels(). Those from 0 come
  /// first; the transformed pixels stay in `scratch` for the others.
  std::size_t begin_panel, end_panel;
  Precision precision = Precision::f32;  ///< that of `transformed`
};

void run(const Winograd& winograd);

std::size_t winograd_scratch();

/// Panels of kWinogradChannels output channels, which are computed together.
std::size_t winograd_panels();

}  // namespace lama::internal::engine

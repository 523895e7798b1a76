// Convolutions of every kind the generator has, as gathered matrix products.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "engine/kernels/gemm.h"
#include "engine/tensor.h"
#include "engine/workers.h"

namespace lama::engine {

/// What lies outside the picture: its mirror image without the edge repeated, zeros, the edge
/// pixel, or the other side.
enum class Border { reflect, zero, replicate, circular };

/// One position of a convolution kernel: the output pixel at (y, x) takes the pixel at
/// (y * stride + dy, x * stride + dx) of input `input`, times `weights`.
struct Tap {
  std::size_t input;
  int dy, dx;
  std::vector<float> weights;  ///< [input channels][output channels]
};

/// A sum of taps, plus bias, perhaps through a ReLU. One object can read several inputs: the local
/// and global summands of an FFC layer become one sum in the registers (paper section 2.1).
class Convolution {
 public:
  Convolution() = default;
  /// `stage` names it in profiles, if its shape does not. `stride` from output to input pixels.
  /// Every tap has the same output channels as `bias`.
  Convolution(const std::vector<Tap>& taps, std::span<const float> bias, int stride, Border border,
              bool relu, Precision precision = Precision::f32, const char* stage = nullptr);

  struct Target {
    View<float> view;
    /// Pixel (y, x) of the result goes to (y * step + offset_y, x * step + offset_x) of the view.
    std::size_t step = 1, offset_y = 0, offset_x = 0;
  };

  /// All inputs have the same batch, height and width. `residual`, if it has data, has the target's
  /// shape and is added after the ReLU; it may be the target itself.
  void run(std::span<const View<const float>> inputs, const Target& target,
           const View<const float>& residual, Workers& workers) const;
  /// A part of that, with the same bits: the inputs hold window.input, which is at least what
  /// needs() says, and the first pixel of window.output is the target's (0, 0).
  void run(std::span<const View<const float>> inputs, const Window& window, const Target& target,
           const View<const float>& residual, Workers& workers) const;

  /// A 1x1 convolution of some pixels, by a task itself. `scratch`: pixels_scratch() floats.
  void run_pixels(std::span<const View<const float>> inputs, const View<float>& out,
                  float* scratch) const;
  std::size_t pixels_scratch() const { return gemm_scratch(weights_, kGemmPixels); }

  /// What of inputs of height x width a part of the result is computed from.
  Region needs(const Region& output, std::size_t height, std::size_t width) const;

  /// Multiplications for `pixels` result pixels.
  double multiplications(std::size_t pixels) const;
  /// What a run takes that computes so many pixels of each picture.
  Scratch scratch(std::size_t batch, std::size_t height, std::size_t width) const;

 private:
  struct Position {
    std::size_t input;
    int dy, dx;
  };
  using Inputs = std::span<const View<const float>>;

  void run_gathered(Inputs inputs, const Window& window, const Target& target,
                    const View<const float>& residual, Workers& workers) const;
  void run_winograd(Inputs inputs, const Window& window, const Target& target,
                    const View<const float>& residual, Workers& workers) const;
  void run_few_inputs(Inputs inputs, const Window& window, const Target& target,
                      const View<const float>& residual, Workers& workers) const;
  void run_few_outputs(Inputs inputs, const Window& window, const Target& target,
                       const View<const float>& residual, Workers& workers) const;
  /// Sets sources[t * step] to what tap t reads for pixel (y, x) of picture n of the result.
  using Gather = std::function<void(std::size_t n, std::size_t y, std::size_t x,
                                    const float** sources, std::size_t step)>;
  void multiply(std::span<const std::size_t> tap_channels, const Gather& gather, std::size_t batch,
                const Region& out, const Target& target, const View<const float>& residual,
                Workers& workers) const;
  const float* source(const View<const float>& input, const Region& held, std::size_t n,
                      std::ptrdiff_t row, std::ptrdiff_t column) const;
  std::size_t sums_scratch() const;
  const char* stage_name() const;
  std::size_t square_kernel() const;
  bool few_inputs() const;
  bool few_outputs() const;
  bool winograd() const { return !winograd_inputs_.empty(); }
  std::size_t channels() const { return channels_; }

  // Inputs under a whole 3x3 kernel, stride 1, go by way of Winograd, all as one sum.
  std::vector<std::size_t> winograd_inputs_, winograd_channels_;
  PackedWeights winograd_taps_;
  // All others are gathered, those of few channels in a way of their own.
  static constexpr std::size_t kFewChannels = 8;
  std::vector<Position> positions_;
  std::vector<std::size_t> tap_channels_;
  PackedWeights weights_;
  std::size_t kernel_ = 0;

  std::size_t channels_ = 0;
  AlignedBuffer bias_;   // padded with zeros to whole panels
  AlignedBuffer zeros_;  // a pixel outside the picture
  const char* stage_ = nullptr;
  Precision precision_ = Precision::f32;
  int stride_ = 1;
  Border border_ = Border::reflect;
  bool relu_ = false;
};

/// The taps of an ordinary convolution with `weights` [out][in][kernel][kernel], centred (its
/// padding is dilation * (kernel / 2)), each output channel's weights times `scale`[out].
std::vector<Tap> convolution_taps(std::size_t input, std::span<const float> weights,
                                  std::size_t out, std::size_t in, int kernel,
                                  std::span<const float> scale, int dilation = 1);

/// ConvTranspose2d 3x3, stride 2, padding 1, output padding 1, with `weights` [in][out][3][3]: its
/// result falls into four interleaved pictures, (y % 2, x % 2), each an ordinary convolution with
/// 1, 2, 2 or 4 taps. This gives the taps of picture (phase_y, phase_x).
std::vector<Tap> transposed_taps(std::span<const float> weights, std::size_t in, std::size_t out,
                                 int phase_y, int phase_x, std::span<const float> scale);

}  // namespace lama::engine

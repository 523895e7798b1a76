// Convolutions of every kind the generator has.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/precision.h"
#include "engine/tensor.h"
#include "engine/workers.h"

namespace lama::internal::engine {

/// The pixels outside the picture: its mirror image without the edge repeated, zeros, the edge
/// pixel, or the other side.
enum class Border { reflect, zero, replicate, circular };

/// One position of a convolution kernel: the output pixel at (y, x) takes the pixel at
/// (y * stride + dy, x * stride + dx) of input `input`, times `weights`.
struct Tap {
  std::size_t input;
  int dy, dx;
  std::vector<float> weights;  ///< [input channels][output channels]
};

class ConvolutionMethod;

/// A sum of taps, plus bias, perhaps through a ReLU. One object can read several inputs: the local
/// and global summands of an FFC layer become one sum in the registers (paper section 2.1). Its
/// shape chooses the method that computes it (convolution_method.h).
class Convolution {
 public:
  Convolution() = default;  ///< to be assigned to
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
  /// A part of the result, with the same bits: the inputs hold window.input, which contains
  /// needs(), and the first pixel of window.output is the target's (0, 0).
  void run(std::span<const View<const float>> inputs, const Window& window, const Target& target,
           const View<const float>& residual, Workers& workers) const;

  /// The part of inputs of height x width from which `output` is computed.
  Region needs(const Region& output, std::size_t height, std::size_t width) const;

  /// Multiplications for `pixels` result pixels.
  double multiplications(std::size_t pixels) const;
  /// The memory of a run that computes so many pixels of each picture.
  Scratch scratch(std::size_t batch, std::size_t height, std::size_t width) const;

 private:
  int stride_ = 1;
  std::shared_ptr<const ConvolutionMethod> method_;
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

}  // namespace lama::internal::engine

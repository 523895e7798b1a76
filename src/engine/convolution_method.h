// The methods that compute a convolution. Each one is a file of its own, beside this one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "engine/convolution.h"
#include "engine/kernels/gemm.h"
#include "engine/tensor.h"
#include "engine/workers.h"

namespace lama::internal::engine {

/// A convolution, before a method has packed its weights.
struct ConvolutionSpec {
  const std::vector<Tap>& taps;
  std::span<const float> bias;  ///< its length is the number of output channels
  int stride;
  Border border;
  bool relu;
  Precision precision;
  const char* stage;  ///< its name in profiles; null for the method's own

  std::size_t outputs() const { return bias.size(); }
  std::size_t inputs_of(const Tap& tap) const { return tap.weights.size() / outputs(); }
};

/// A convolution with packed weights. Const functions do not change it.
class ConvolutionMethod {
 public:
  using Inputs = std::span<const View<const float>>;

  virtual ~ConvolutionMethod() = default;
  ConvolutionMethod(const ConvolutionMethod&) = delete;
  ConvolutionMethod& operator=(const ConvolutionMethod&) = delete;

  // As Convolution's functions of the same names.
  virtual void run(Inputs inputs, const Window& window, const Convolution::Target& target,
                   const View<const float>& residual, Workers& workers) const = 0;
  virtual double multiplications(std::size_t pixels) const = 0;
  virtual Scratch scratch(std::size_t batch, std::size_t height, std::size_t width) const = 0;
  Region needs(const Region& output, std::size_t height, std::size_t width) const;

 protected:
  /// `stage` is the method's name in profiles. The method computes whole squares of `grid` x `grid`
  /// output pixels.
  ConvolutionMethod(const ConvolutionSpec& spec, const char* stage, std::size_t grid = 1);

  /// The address of pixel (row, column) of picture n of the whole input, of which `held` is in
  /// memory; zeros for kOutside.
  const float* source(const View<const float>& input, const Region& held, std::size_t n,
                      std::ptrdiff_t row, std::ptrdiff_t column) const;

  std::size_t channels_;  // of the result
  const char* stage_;
  int stride_;
  Border border_;
  bool relu_;

 private:
  std::size_t grid_;
  int up_ = 0, down_ = 0, left_ = 0, right_ = 0;  // how far the taps reach
  AlignedBuffer zeros_;                           // a pixel outside the picture
};

/// Any convolution.
std::unique_ptr<const ConvolutionMethod> gathered_convolution(const ConvolutionSpec& spec);

/// The inputs under a whole 3x3 kernel with stride 1 and enough channels for Winograd's method.
std::vector<std::size_t> winograd_inputs(const ConvolutionSpec& spec);
/// The sum over `inputs`, which are winograd_inputs(), by Winograd's method, and over all others,
/// gathered.
std::unique_ptr<const ConvolutionMethod> winograd_convolution(
    const ConvolutionSpec& spec, const std::vector<std::size_t>& inputs);

/// Up to this many channels are few.
inline constexpr std::size_t kFewChannels = 8;
/// The side of the kernel if there is one input under a square kernel whose taps are in reading
/// order; else 0.
std::size_t square_kernel(const std::vector<Tap>& taps);
/// For few input channels under a square kernel.
std::unique_ptr<const ConvolutionMethod> few_inputs_convolution(const ConvolutionSpec& spec);
/// For few output channels of a square kernel with stride 1.
std::unique_ptr<const ConvolutionMethod> few_outputs_convolution(const ConvolutionSpec& spec);

/// The usual name of a convolution in profiles: that of its size.
const char* stage_of_size(const ConvolutionSpec& spec);
/// The weights of all taps, one after another.
std::vector<float> all_weights(const std::vector<Tap>& taps);
/// The input channels of each tap.
std::vector<std::size_t> channels_of_taps(const ConvolutionSpec& spec);

}  // namespace lama::internal::engine

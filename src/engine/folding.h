// Parameters of the published modules, as the engine's convolutions want them.
#pragma once

#include <string>
#include <vector>

#include "engine/convolution.h"
#include "engine/tensor.h"
#include "engine/workers.h"
#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::engine {

Border border(model::Padding padding);

/// value * scale + shift, channel by channel.
struct Affine {
  std::vector<float> scale, shift;

  static Affine identity(std::size_t channels);
  /// This, of a sum that has `bias` in it.
  void take(const std::vector<float>& bias);
};

/// A batch norm in evaluation mode. An instance norm, which depends on the picture, is the identity
/// here (see instance_norm), and so is no norm.
Affine fold(const weights::TensorFile& tensors, const model::Norm& norm, std::size_t channels);

/// Throws Error, naming the file, if grouped convolutions would take very much more memory as
/// dense_weights() than in the file: a network of a megabyte can ask for gigabytes of zeros.
void require_few_zeros(const model::Architecture& architecture, const std::string& file);

/// NAME.weight [out][in / groups][kernel][kernel] as [out][in][kernel][kernel], with zeros between
/// channels of different groups.
std::vector<float> dense_weights(const weights::TensorFile& tensors, const std::string& name,
                                 std::size_t out, std::size_t in, std::size_t kernel,
                                 std::size_t groups);

void append(std::vector<Tap>& taps, std::vector<Tap> more);

/// The instance norm of x in place, then perhaps a ReLU: each channel of each picture gets mean 0
/// and variance 1 over its pixels, then weight and bias, if there are any.
class InstanceNorm {
 public:
  InstanceNorm(const weights::TensorFile& tensors, const model::Norm& norm);
  void run(const View<float>& x, bool relu, Workers& workers) const;

 private:
  std::vector<float> weight_, bias_;
};

/// Calls function(i) for every pixel of `pixels`, on all threads.
template <typename Function>
void for_each_pixel(std::size_t pixels, Workers& workers, const Function& function) {
  constexpr std::size_t kChunk = 64;
  workers.run("pixel by pixel", (pixels + kChunk - 1) / kChunk, [&](std::size_t task, int) {
    const std::size_t end = task * kChunk + kChunk < pixels ? task * kChunk + kChunk : pixels;
    for (std::size_t i = task * kChunk; i < end; ++i) function(i);
  });
}

}  // namespace lama::internal::engine

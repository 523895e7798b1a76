// The generator, of any published kind (paper section 2.1 and appendix A).
#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "model/architecture.h"
#include "networks/convolution.h"
#include "networks/layers.h"

namespace lama::internal::networks {

/// Its parameters have the published names and, drawn from PyTorch's random numbers in the
/// published order, the published initial values: the same ones as Python gives with that seed.
class GeneratorImpl : public torch::nn::Module {
 public:
  using Progress = std::function<void(double done)>;

  explicit GeneratorImpl(const model::Architecture& description);

  /// `input`: N, 4, H, W: red, green, blue in [0, 1] with missing_pixels(), and the mask (1 =
  /// missing). Sizes: see model::input_sizes. Returns N, 3, H, W, through the output activation.
  /// `progress` gets the share of the layers that are done; an exception from it ends the run.
  torch::Tensor forward(const torch::Tensor& input, const Progress& progress = nullptr);

  /// Before the output activation.
  torch::Tensor logits(const torch::Tensor& input, const Progress& progress = nullptr);

  /// The values that the input must have where pixels are missing.
  model::MissingPixels missing_pixels() const { return missing_pixels_; }

  /// Parameters that the published state dict names a second time (`shared_weights`).
  const std::vector<Convolution::Copy>& copies() const { return copies_; }

 private:
  void add(const model::ConvolutionLayer& layer);
  void add(const model::FfcLayer& layer);
  void add(const model::FfcBlock& block);
  void add(const model::ConvolutionBlock& block);
  void add(const model::UpsampleLayer& layer);
  Operation convolution(const model::ConvolutionLayer& layer);

  model::OutputActivation output_activation_;
  model::MissingPixels missing_pixels_;
  std::vector<std::function<Maps(const Maps&)>> layers_;
  std::vector<Convolution::Copy> copies_;
};
TORCH_MODULE(Generator);

}  // namespace lama::internal::networks

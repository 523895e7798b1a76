// Discriminators that judge patches (paper section 2.2.2): which are real, pixel by pixel of a
// small map.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "networks/layers.h"
#include "training/config/discriminator_config.h"

namespace lama::internal::training {

/// Everything is registered as model0, model1, ... with the published names below.
class DiscriminatorImpl : public torch::nn::Module {
 public:
  /// Throws Error if the published code could not build or run it.
  explicit DiscriminatorImpl(const DiscriminatorConfig& config);

  struct Output {
    torch::Tensor logits;                 ///< N, 1, h, w; above 0: real
    std::vector<torch::Tensor> features;  ///< the outputs of every layer but the last
  };
  Output forward(const torch::Tensor& image);

 private:
  using Stage = std::function<networks::Maps(const networks::Maps&)>;

  // All stages of a kind of discriminator.
  void add_ffc_stages(const DiscriminatorConfig& config);
  void add_nlayer_stages(const DiscriminatorConfig& config);

  // All register their layers under the name of the next stage.
  networks::Operation convolution(int in, int out, int kernel, int stride);
  networks::Operation multidilated(int in, int out, const model::MultidilationOptions& options);
  /// A stage of `convolution`, a batch norm and a leaky ReLU.
  void add_with_norm(networks::Operation convolution, int channels);
  void add_last(int in, int kernel);

  std::vector<Stage> stages_;
};
TORCH_MODULE(Discriminator);

}  // namespace lama::internal::training

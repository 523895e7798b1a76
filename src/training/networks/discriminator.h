// Discriminators that judge patches (paper section 2.2.2): what is real, pixel by pixel of a small
// map.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "model/generator_config.h"
#include "training/networks/layers.h"

namespace lama::training {

enum class DiscriminatorKind {
  nlayer,               ///< `pix2pixhd_nlayer`: the one of all published models
  nlayer_multidilated,  ///< `pix2pixhd_nlayer_multidilated`
  ffc,                  ///< the published FFCNLayerDiscriminator, which no config names
};

/// The `discriminator` section; defaults are the published classes', but for `n_layers`, which all
/// configs set.
struct DiscriminatorConfig {
  DiscriminatorKind kind = DiscriminatorKind::nlayer;
  int input_channels = 3;  ///< `input_nc`
  int ndf = 64;            ///< channels of the first layer
  int n_layers = 4;        ///< halvings of the resolution; the ffc kind has one less
  model::MultidilationOptions multidilation = {.dilation_num = 2};
  int max_features = 512;                ///< of the ffc kind; 512 of the others
  model::FfcOptions init, convolutions;  ///< `init_conv_kwargs`, `conv_kwargs` of the ffc kind
};

/// Everything is registered as model0, model1, ... with the published names below.
class DiscriminatorImpl : public torch::nn::Module {
 public:
  /// Throws Error if the published code could not build or run it.
  explicit DiscriminatorImpl(const DiscriminatorConfig& config);

  struct Output {
    torch::Tensor logits;                 ///< N, 1, h, w; above 0: real
    std::vector<torch::Tensor> features;  ///< what every layer but the last gives
  };
  Output forward(const torch::Tensor& image);

 private:
  using Stage = std::function<Maps(const Maps&)>;

  // All register what they make under the name of the next stage.
  Operation convolution(int in, int out, int kernel, int stride);
  Operation multidilated(int in, int out, const model::MultidilationOptions& options);
  /// A stage of `convolution`, a batch norm and a leaky ReLU.
  void add_with_norm(Operation convolution, int channels);
  void add_last(int in, int kernel);

  std::vector<Stage> stages_;
};
TORCH_MODULE(Discriminator);

}  // namespace lama::training

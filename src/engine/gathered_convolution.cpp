// Convolutions of any kind: pointers gather the pixels under the kernel.
#include <vector>

#include "engine/convolution_method.h"
#include "engine/gathered_product.h"
#include "engine/positions.h"

namespace lama::internal::engine {
namespace {

class GatheredConvolution : public ConvolutionMethod {
 public:
  explicit GatheredConvolution(const ConvolutionSpec& spec)
      : ConvolutionMethod(spec, stage_of_size(spec)),
        positions_(tap_positions(spec.taps)),
        tap_channels_(channels_of_taps(spec)) {
    const std::vector<float> all = all_weights(spec.taps);
    weights_ =
        PackedWeights(all.data(), all.size() / spec.outputs(), spec.outputs(), spec.precision);
    bias_ = padded_bias(spec, weights_);
  }

  void run(Inputs inputs, const Window& window, const Convolution::Target& target,
           const View<const float>& residual, Workers& workers) const override {
    const std::size_t batch = inputs.front().batch;
    const GatheredPositions at(positions_, window, stride_, border_);
    const GatheredProduct::Gather gather = [&](std::size_t n, std::size_t y, std::size_t x,
                                               const float** sources, std::size_t step) {
      for (std::size_t t = 0; t < positions_.size(); ++t) {
        sources[t * step] =
            source(inputs[positions_[t].input], window.input, n, at.rows[t][y], at.columns[t][x]);
      }
    };
    workers.count(stage_, multiplications(batch * window.output.pixels()));
    engine::run(GatheredProduct{.stage = stage_,
                                .tap_channels = tap_channels_,
                                .gather = gather,
                                .weights = weights_,
                                .bias = bias_.data(),
                                .relu = relu_},
                batch, window.output, target, residual, workers);
  }

  double multiplications(std::size_t pixels) const override {
    return static_cast<double>(pixels * channels_) * static_cast<double>(weights_.k());
  }
  Scratch scratch(std::size_t /*batch*/, std::size_t /*height*/,
                  std::size_t /*width*/) const override {
    return {0, product_scratch(weights_)};
  }

 private:
  std::vector<TapPosition> positions_;
  std::vector<std::size_t> tap_channels_;
  PackedWeights weights_;
  AlignedBuffer bias_;
};

}  // namespace

std::unique_ptr<const ConvolutionMethod> gathered_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<GatheredConvolution>(spec);
}

}  // namespace lama::internal::engine

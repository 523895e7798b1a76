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
        product_(spec, stage_, channels_of_taps(spec)) {}

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
    product_.run(gather, batch, window.output, target, residual, workers);
  }

  double multiplications(std::size_t pixels) const override {
    return product_.multiplications(pixels);
  }
  Scratch scratch(std::size_t /*batch*/, std::size_t /*height*/,
                  std::size_t /*width*/) const override {
    return {0, product_.scratch()};
  }

 private:
  std::vector<TapPosition> positions_;
  GatheredProduct product_;
};

}  // namespace

std::unique_ptr<const ConvolutionMethod> gathered_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<GatheredConvolution>(spec);
}

}  // namespace lama::internal::engine

#include "engine/gathered_product.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/positions.h"

namespace lama::internal::engine {

std::size_t product_scratch(const PackedWeights& weights) {
  return gemm_scratch(weights, kGemmPixels);
}

GatheredProduct::GatheredProduct(const ConvolutionSpec& spec, const char* stage,
                                 std::vector<std::size_t> tap_channels)
    : stage_(stage), tap_channels_(std::move(tap_channels)), relu_(spec.relu) {
  const std::vector<float> all = all_weights(spec.taps);
  weights_ = PackedWeights(all.data(), all.size() / spec.outputs(), spec.outputs(), spec.precision);
  bias_ = padded_bias(spec.bias, weights_);
}

double GatheredProduct::multiplications(std::size_t pixels) const {
  return static_cast<double>(pixels * weights_.n()) * static_cast<double>(weights_.k());
}

std::size_t GatheredProduct::scratch() const { return product_scratch(weights_); }

void GatheredProduct::run(const Gather& gather, std::size_t batch, const Region& out,
                          const Convolution::Target& target, const View<const float>& residual,
                          Workers& workers) const {
  const std::size_t pixels = batch * out.pixels(), taps = tap_channels_.size();
  const std::size_t panels = weights_.panels();
  workers.count(stage_, multiplications(pixels));
  // A task is a run of pixels times a group of panels. One group is best, because the pixels'
  // pointers are then made once; small pictures need more to feed all threads evenly.
  const std::size_t chunks = (pixels + kGemmPixels - 1) / kGemmPixels;
  const std::size_t wanted = 4 * static_cast<std::size_t>(workers.threads());
  const std::size_t groups = std::clamp<std::size_t>((wanted + chunks - 1) / chunks, 1,
                                                     workers.threads() == 1 ? 1 : panels);
  workers.run(stage_, chunks * groups, [&](std::size_t task, int worker) {
    const std::size_t begin = task / groups * kGemmPixels, group = task % groups;
    const std::size_t count = std::min(kGemmPixels, pixels - begin);
    const float** sources = workers.pointers(worker, taps * count);
    std::array<float*, kGemmPixels> outputs;
    std::array<const float*, kGemmPixels> residuals;
    std::size_t n = begin / out.pixels();
    std::size_t y = begin / out.width % out.height, x = begin % out.width;
    for (std::size_t p = 0; p < count; ++p) {
      gather(n, y, x, sources + p, count);
      const std::size_t to = pixel_of(target, n, y, x);
      outputs[p] = target.view.pixel(to);
      if (residual.data != nullptr) residuals[p] = residual.pixel(to);
      if (++x == out.width) {
        x = 0;
        if (++y == out.height) {
          y = 0;
          ++n;
        }
      }
    }
    engine::run(Gemm{.pixels = count,
                     .taps = taps,
                     .tap_channels = tap_channels_.data(),
                     .sources = sources,
                     .weights = &weights_,
                     .bias = bias_.data(),
                     .relu = relu_,
                     .outputs = outputs.data(),
                     .residuals = residual.data == nullptr ? nullptr : residuals.data(),
                     .begin_panel = group * panels / groups,
                     .end_panel = (group + 1) * panels / groups,
                     .scratch = workers.own(worker, scratch())});
  });
}

}  // namespace lama::internal::engine

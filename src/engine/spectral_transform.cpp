#include "engine/spectral_transform.h"

#include <algorithm>
#include <utility>

#include "engine/folding.h"
#include "engine/resampling.h"

namespace lama::internal::engine {
namespace {

FourierUnit fourier_unit(const weights::TensorFile& tensors, const std::string& name,
                         const model::FfcLayer& layer, const model::FourierUnitOptions& options,
                         Precision precision) {
  const auto channels = 2 * static_cast<std::size_t>(layer.spectral());
  const std::size_t in = channels + (options.spectral_pos_encoding ? 2 : 0);
  const Affine norm = fold(tensors, {model::NormKind::batch, true, name + ".bn"}, channels);
  SqueezeExcitation se;
  if (options.use_se) {
    se = {tensors.read(name + ".se.fc.0.weight"), tensors.read(name + ".se.fc.2.weight")};
  }
  return {dense_weights(tensors, name + ".conv_layer", channels, in, 1,
                        static_cast<std::size_t>(layer.spectral_groups())),
          norm.scale,
          norm.shift,
          options,
          std::move(se),
          precision};
}

/// The first quarter of the channels of each quarter of the picture, as channels of a picture of a
/// quarter's size: top left, bottom left, top right, bottom right.
Tensor gather_quarters(const View<const float>& t, Workers& workers) {
  Tensor quarters(t.batch, t.height / 2, t.width / 2, t.channels);
  const std::size_t part = t.channels / 4;
  for_each_pixel(quarters.view().pixels(), workers, [&](std::size_t i) {
    const std::size_t x = i % quarters.width(), y = i / quarters.width() % quarters.height();
    const std::size_t n = i / quarters.width() / quarters.height();
    for (std::size_t q = 0; q < 4; ++q) {
      const std::size_t row = y + q % 2 * quarters.height();
      const std::size_t column = x + q / 2 * quarters.width();
      std::copy_n(t.pixel((n * t.height + row) * t.width + column), part,
                  quarters.view().pixel(i) + q * part);
    }
  });
  return quarters;
}

}  // namespace

SpectralTransform::SpectralTransform(const weights::TensorFile& tensors,
                                     const model::FfcLayer& layer, Precision precision)
    : in_(static_cast<std::size_t>(layer.in_global)),
      channels_(static_cast<std::size_t>(layer.spectral())),
      halves_(layer.stride == 2),
      lfu_(layer.lfu) {
  const std::string name = layer.name + ".ffc.convg2g";
  const Affine norm = fold(tensors, {model::NormKind::batch, true, name + ".conv1.1"}, channels_);
  const auto groups = static_cast<std::size_t>(layer.spectral_groups());
  entry_ = Convolution(
      convolution_taps(0, dense_weights(tensors, name + ".conv1.0", channels_, in_, 1, groups),
                       channels_, in_, 1, norm.scale),
      norm.shift, 1, Border::reflect, /*relu=*/true, precision);
  fourier_unit_ = fourier_unit(tensors, name + ".fu", layer, layer.fourier_unit, precision);
  if (lfu_) local_fourier_unit_ = fourier_unit(tensors, name + ".lfu", layer, {}, precision);
}

Extent SpectralTransform::inner(const Extent& input) const {
  return halves_ ? Extent{input.batch, input.height / 2, input.width / 2} : input;
}

Tensor SpectralTransform::run(const View<const float>& global, FftPlans& plans,
                              Workers& workers) const {
  const Extent size = inner(Extent::of(global));
  Tensor t(size.batch, size.height, size.width, channels_);
  if (halves_) {
    const Tensor halved = halve(global, workers);
    const View<const float> input = halved.view();
    entry_.run({&input, 1}, {.view = t.view()}, {}, workers);
  } else {
    entry_.run({&global, 1}, {.view = t.view()}, {}, workers);
  }
  const Tensor quarters = lfu_ ? gather_quarters(t.view(), workers) : Tensor();
  fourier_unit_.add_to(t.view(), plans, workers);
  if (lfu_) add_local(quarters.view(), t.view(), plans, workers);
  return t;
}

void SpectralTransform::add_local(const View<const float>& quarters, const View<float>& t,
                                  FftPlans& plans, Workers& workers) const {
  Tensor local(quarters.batch, quarters.height, quarters.width, channels_);
  std::fill_n(local.data(), local.size(), 0.0F);
  local_fourier_unit_.add(quarters, local.view(), plans, workers);
  for_each_pixel(t.pixels(), workers, [&](std::size_t i) {
    const std::size_t x = i % t.width % local.width(), y = i / t.width % t.height % local.height();
    const std::size_t n = i / t.width / t.height;
    const float* from = local.view().pixel((n * local.height() + y) * local.width() + x);
    for (std::size_t c = 0; c < channels_; ++c) t.pixel(i)[c] += from[c];
  });
}

double SpectralTransform::multiplications(const Extent& input) const {
  const Extent size = inner(input);
  double sum = entry_.multiplications(size.pixels()) +
               fourier_unit_.multiplications(size.batch, size.height, size.width);
  if (lfu_) {
    sum += local_fourier_unit_.multiplications(size.batch, size.height / 2, size.width / 2);
  }
  return sum;
}

std::size_t SpectralTransform::floats(const Extent& input) const {
  const Extent size = inner(input);
  const std::size_t t = size.pixels() * channels_;
  std::size_t meanwhile = fourier_unit_.floats(size.batch, size.height, size.width);
  if (halves_) meanwhile = std::max(meanwhile, size.pixels() * in_);
  if (lfu_) {  // two maps of a quarter's size, with all channels
    meanwhile =
        std::max(t / 4 + meanwhile,
                 t / 2 + local_fourier_unit_.floats(size.batch, size.height / 2, size.width / 2));
  }
  return t + meanwhile;
}

Scratch SpectralTransform::scratch(const Extent& input) const {
  const Extent size = inner(input);
  const Scratch entry = entry_.scratch(size.batch, size.height, size.width);
  const Scratch unit = max(entry, fourier_unit_.scratch(size.height, size.width));
  return lfu_ ? max(unit, local_fourier_unit_.scratch(size.height / 2, size.width / 2)) : unit;
}

}  // namespace lama::internal::engine

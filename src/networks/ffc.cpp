#include "networks/ffc.h"

#include <vector>

#include "networks/fourier_transform.h"

namespace lama::internal::networks {
namespace {

namespace F = torch::nn::functional;

torch::nn::Conv2d pointwise(std::int64_t in, std::int64_t out, std::int64_t groups) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1).groups(groups).bias(false));
}

/// 0 to 1 down each column, then along each row.
torch::Tensor coordinates(const torch::Tensor& like) {
  const std::int64_t batch = like.size(0), height = like.size(2), width = like.size(3);
  const auto plane = [&](const torch::Tensor& line) {
    return line.expand({batch, 1, height, width});
  };
  // In single precision whatever the spectrum's, as published.
  const auto line = [&](std::int64_t size) {
    return torch::linspace(0, 1, size).to(like.options());
  };
  return torch::cat(
      {plane(line(height).view({1, 1, height, 1})), plane(line(width).view({1, 1, 1, width}))}, 1);
}

torch::Tensor resize(const torch::Tensor& x, model::Resampling mode,
                     F::InterpolateFuncOptions options) {
  if (mode == model::Resampling::bicubic) {
    options.mode(torch::kBicubic);
  } else {
    options.mode(torch::kBilinear);
  }
  return F::interpolate(x, options.align_corners(false));
}

}  // namespace

SqueezeExcitationImpl::SqueezeExcitationImpl(std::int64_t channels, std::int64_t reduction) {
  const auto linear = [](std::int64_t in, std::int64_t out) {
    return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
  };
  register_module("fc", fc_);
  // One after the other: they draw their weights in this order.
  fc_->push_back(linear(channels, channels / reduction));
  fc_->push_back(torch::nn::ReLU());
  fc_->push_back(linear(channels / reduction, channels));
  fc_->push_back(torch::nn::Sigmoid());
}

torch::Tensor SqueezeExcitationImpl::forward(const torch::Tensor& x) {
  return x * fc_->forward(x.mean({2, 3})).view({x.size(0), x.size(1), 1, 1});
}

FourierUnitImpl::FourierUnitImpl(std::int64_t channels, std::int64_t groups,
                                 const model::FourierUnitOptions& options)
    : options_(options) {
  const std::int64_t in = 2 * channels + (options.spectral_pos_encoding ? 2 : 0);
  conv_layer_ = register_module("conv_layer", pointwise(in, 2 * channels, groups));
  bn_ = register_module("bn", BatchNorm(2 * channels));
  if (options.use_se) se_ = register_module("se", SqueezeExcitation(in, options.se_reduction));
}

torch::Tensor FourierUnitImpl::forward(const torch::Tensor& x) {
  const double scale = options_.spatial_scale_factor;
  if (scale == 0) return unscaled(x);
  const torch::Tensor scaled = resize(x, options_.spatial_scale_mode,
                                      F::InterpolateFuncOptions()
                                          .scale_factor(std::vector<double>{scale, scale})
                                          .recompute_scale_factor(false));
  return resize(unscaled(scaled), options_.spatial_scale_mode,
                F::InterpolateFuncOptions().size(std::vector<std::int64_t>{x.size(2), x.size(3)}));
}

torch::Tensor FourierUnitImpl::unscaled(const torch::Tensor& x) {
  const torch::Tensor spectrum =
      fourier_transform(at_least_float(x), options_.fft_norm, options_.ffc3d);
  const std::int64_t batch = x.size(0), height = x.size(2), bins = spectrum.size(3);
  torch::Tensor parts = torch::stack({torch::real(spectrum), torch::imag(spectrum)}, 2)
                            .view({batch, -1, height, bins});
  if (options_.spectral_pos_encoding) parts = torch::cat({coordinates(parts), parts}, 1);
  if (se_) parts = se_->forward(parts);
  parts = bn_->forward(conv_layer_->forward(parts)).relu_();
  parts = at_least_float(parts).view({batch, -1, 2, height, bins});
  const torch::Tensor result =
      torch::complex(parts.select(2, 0).contiguous(), parts.select(2, 1).contiguous());
  return inverse_fourier_transform(result, x.size(3), options_.fft_norm, options_.ffc3d);
}

SpectralTransformImpl::SpectralTransformImpl(const model::FfcLayer& layer) : stride_(layer.stride) {
  const std::int64_t inner = layer.spectral(), groups = layer.spectral_groups();
  conv1_ = register_module(
      "conv1", torch::nn::Sequential(pointwise(layer.in_global, inner, groups), BatchNorm(inner),
                                     torch::nn::ReLU(torch::nn::ReLUOptions(/*inplace=*/true))));
  fu_ = register_module("fu", FourierUnit(inner, groups, layer.fourier_unit));
  if (layer.lfu) {
    lfu_ = register_module("lfu", FourierUnit(inner, groups, model::FourierUnitOptions()));
  }
  conv2_ = register_module("conv2", pointwise(inner, layer.out_global, groups));
}

torch::Tensor SpectralTransformImpl::forward(const torch::Tensor& x) {
  const torch::Tensor inner = conv1_->forward(stride_ == 2 ? torch::avg_pool2d(x, 2) : x);
  torch::Tensor sum = inner + fu_->forward(inner);
  if (lfu_) sum = sum + local(inner);
  return conv2_->forward(sum);
}

/// The local Fourier unit: sees the four quarters of the map, a quarter of its channels each.
torch::Tensor SpectralTransformImpl::local(const torch::Tensor& x) {
  const std::int64_t side = x.size(2) / 2;
  const auto stacked = [&](const torch::Tensor& map, std::int64_t dimension) {
    return torch::cat(torch::split(map, side, dimension), 1);
  };
  const torch::Tensor quarters = stacked(stacked(x.narrow(1, 0, x.size(1) / 4), 2), 3);
  return lfu_->forward(quarters).repeat({1, 1, 2, 2});
}

FfcImpl::FfcImpl(const model::FfcLayer& layer) {
  const auto convolution = [&](const char* name, std::int64_t in,
                               std::int64_t out) -> torch::nn::Conv2d {
    if (in == 0 || out == 0) return nullptr;
    return register_module(
        name, torch::nn::Conv2d(padded(torch::nn::Conv2dOptions(in, out, layer.kernel)
                                           .stride(layer.stride)
                                           .dilation(layer.dilation)
                                           .groups(layer.groups)
                                           .bias(layer.bias),
                                       layer.padding,
                                       std::int64_t{layer.dilation} * (layer.kernel / 2))));
  };
  convl2l_ = convolution("convl2l", layer.in_local, layer.out_local);
  convl2g_ = convolution("convl2g", layer.in_local, layer.out_global);
  convg2l_ = convolution("convg2l", layer.in_global, layer.out_local);
  if (layer.in_global > 0 && layer.out_global > 0) {
    convg2g_ = register_module("convg2g", SpectralTransform(layer));
  }
  if (layer.gated) {
    gate_ = register_module("gate", torch::nn::Conv2d(torch::nn::Conv2dOptions(layer.in(), 2, 1)));
  }
}

Maps FfcImpl::forward(const Maps& x) {
  torch::Tensor gates;
  if (gate_) gates = torch::sigmoid(gate_->forward(x.joined()));
  const auto gated = [&](const torch::Tensor& map, std::int64_t gate) {
    return gates.defined() ? map * gates.narrow(1, gate, 1) : map;
  };
  const auto sum = [](const torch::Tensor& a, const torch::Tensor& b) {
    if (!a.defined()) return b;
    return b.defined() ? a + b : a;
  };
  torch::Tensor l2l, l2g, g2l, g2g;
  if (convl2l_) l2l = convl2l_->forward(x.local);
  if (convg2l_) g2l = gated(convg2l_->forward(x.global), 0);
  if (convl2g_) l2g = gated(convl2g_->forward(x.local), 1);
  if (convg2g_) g2g = convg2g_->forward(x.global);
  return {sum(l2l, g2l), sum(l2g, g2g)};
}

FfcBnActImpl::FfcBnActImpl(const model::FfcLayer& layer, double negative_slope)
    : negative_slope_(negative_slope), ffc_(register_module("ffc", Ffc(layer))) {
  const auto norm = [&](const char* name, int channels) {
    if (channels == 0) return Operation();
    return register_norm(*this, {layer.norm, layer.affine, name}, channels);
  };
  bn_l_ = norm("bn_l", layer.out_local);
  bn_g_ = norm("bn_g", layer.out_global);
}

Maps FfcBnActImpl::forward(const Maps& x) {
  Maps y = ffc_->forward(x);
  if (bn_l_) y.local = activate(bn_l_(y.local), negative_slope_);
  if (bn_g_) y.global = activate(bn_g_(y.global), negative_slope_);
  return y;
}

FfcResnetBlock::FfcResnetBlock(torch::nn::Module& root, const model::FfcBlock& block)
    : local_(block.layers[0].in_local),
      global_(block.layers[0].in_global),
      layers_{FfcBnAct(block.layers[0]), FfcBnAct(block.layers[1])} {
  for (std::size_t i = 0; i < 2; ++i) {
    if (const auto& around = block.around_layer[i]) around_layer_[i].emplace(root, *around);
    register_as(root, block.layers[i].name, layers_[i]);
  }
  if (block.around) around_.emplace(root, *block.around);
}

Maps FfcResnetBlock::operator()(const Maps& x) {
  if (global_ > 0 && !x.global.defined()) {
    const Maps split{x.local.narrow(1, 0, local_), x.local.narrow(1, local_, global_)};
    return {(*this)(split).joined(), {}};
  }
  if (!around_) return run(x);
  const Maps y = run({around_->forward(x.local), around_->forward(x.global)});
  return {around_->back(y.local, x.local), around_->back(y.global, x.global)};
}

Maps FfcResnetBlock::run(const Maps& x) {
  Maps y = x;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& around = around_layer_[i];
    if (around) {
      const Maps rotated =
          layers_[i]->forward({around->forward(y.local), around->forward(y.global)});
      y = {around->back(rotated.local, y.local), around->back(rotated.global, y.global)};
    } else {
      y = layers_[i]->forward(y);
    }
  }
  return {x.local + y.local, global_ > 0 ? x.global + y.global : torch::Tensor()};
}

}  // namespace lama::internal::networks

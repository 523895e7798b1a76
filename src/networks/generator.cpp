#include "networks/generator.h"

#include <variant>

#include "networks/ffc.h"

namespace lama::internal::networks {

GeneratorImpl::GeneratorImpl(const model::Architecture& description)
    : output_activation_(description.config.output_activation),
      missing_pixels_(description.config.missing_pixels) {
  for (const model::Layer& layer : description.layers) {
    std::visit([&](const auto& described) { add(described); }, layer);
  }
}

torch::Tensor GeneratorImpl::logits(const torch::Tensor& input, const Progress& progress) {
  Maps maps{input, {}};
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    maps = layers_[i](maps);
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(layers_.size()));
  }
  return maps.joined();
}

torch::Tensor GeneratorImpl::forward(const torch::Tensor& input, const Progress& progress) {
  torch::Tensor result = logits(input, progress);
  switch (output_activation_) {
    case model::OutputActivation::tanh:
      return torch::tanh(result);
    case model::OutputActivation::sigmoid:
      return torch::sigmoid(result);
    case model::OutputActivation::none:
      break;
  }
  return result;
}

/// With its norm and ReLU.
Operation GeneratorImpl::convolution(const model::ConvolutionLayer& layer) {
  const Convolution convolution(*this, layer);
  copies_.insert(copies_.end(), convolution.copies().begin(), convolution.copies().end());
  const Operation norm = register_norm(*this, layer.norm, layer.out);
  return [convolution, norm, relu = layer.relu](const torch::Tensor& x) {
    const torch::Tensor y = norm(convolution(x));
    return relu ? activate(y) : y;
  };
}

void GeneratorImpl::add(const model::ConvolutionLayer& layer) {
  const Operation run = convolution(layer);
  layers_.emplace_back([run, enlarges = layer.enlarges](const Maps& maps) -> Maps {
    torch::Tensor x = maps.joined();
    if (enlarges) {
      x = torch::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
    }
    return {run(x), {}};
  });
}

void GeneratorImpl::add(const model::FfcLayer& layer) {
  auto ffc = register_as(*this, layer.name, FfcBnAct(layer));
  layers_.emplace_back([ffc](const Maps& maps) mutable { return ffc->forward(maps); });
}

void GeneratorImpl::add(const model::FfcBlock& block) {
  layers_.emplace_back(FfcResnetBlock(*this, block));
}

void GeneratorImpl::add(const model::ConvolutionBlock& block) {
  const Operation first = convolution(block.layers[0]), second = convolution(block.layers[1]);
  layers_.emplace_back([first, second](const Maps& maps) -> Maps {
    const torch::Tensor x = maps.joined();
    return {x + second(first(x)), {}};
  });
}

void GeneratorImpl::add(const model::UpsampleLayer& layer) {
  auto transposed = register_as(
      *this, layer.name,
      torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(layer.in, layer.out, 3)
                                     .stride(2)
                                     .padding(1)
                                     .output_padding(1)));
  const Operation norm = register_norm(*this, layer.norm, layer.out);
  layers_.emplace_back([transposed, norm](const Maps& maps) mutable -> Maps {
    return {activate(norm(transposed->forward(maps.joined()))), {}};
  });
}

}  // namespace lama::internal::networks

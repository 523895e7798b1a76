#include "networks/layers.h"

#include <utility>

#include "networks/batch_norm.h"

namespace lama::internal::networks {

torch::Tensor Maps::joined() const {
  if (!global.defined()) return local;
  return local.defined() ? torch::cat({local, global}, 1) : global;
}

std::shared_ptr<torch::nn::Module> container(torch::nn::Module& root, const std::string& name) {
  const std::size_t dot = name.find('.');
  const std::string first = name.substr(0, dot);
  const auto children = root.named_children();
  const std::shared_ptr<torch::nn::Module>* found = children.find(first);
  const auto child = found != nullptr
                         ? *found
                         : root.register_module(first, std::make_shared<torch::nn::Module>(first));
  return dot == std::string::npos ? child : container(*child, name.substr(dot + 1));
}

void register_under(torch::nn::Module& root, const std::string& name,
                    std::shared_ptr<torch::nn::Module> module) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) {
    root.register_module(name, std::move(module));
  } else {
    container(root, name.substr(0, dot))->register_module(name.substr(dot + 1), std::move(module));
  }
}

torch::Tensor at_least_float(const torch::Tensor& x) {
  return x.scalar_type() == torch::kDouble ? x : x.to(torch::kFloat);
}

torch::Tensor activate(torch::Tensor x, double negative_slope) {
  return negative_slope > 0 ? torch::leaky_relu_(x, negative_slope) : x.relu_();
}

Operation register_norm(torch::nn::Module& root, const model::Norm& norm, std::int64_t channels) {
  switch (norm.kind) {
    case model::NormKind::batch: {
      auto batch = register_as(root, norm.name, BatchNorm(channels, norm.affine));
      return [batch](const torch::Tensor& x) mutable { return batch->forward(x); };
    }
    case model::NormKind::instance: {
      auto instance =
          register_as(root, norm.name,
                      torch::nn::InstanceNorm2d(
                          torch::nn::InstanceNorm2dOptions(channels).affine(norm.affine)));
      return [instance](const torch::Tensor& x) mutable { return instance->forward(x); };
    }
    case model::NormKind::none:
      break;
  }
  return [](const torch::Tensor& x) { return x; };
}

torch::nn::Conv2dOptions padded(torch::nn::Conv2dOptions options, model::Padding padding,
                                std::int64_t size) {
  options.padding(size);
  switch (padding) {
    case model::Padding::reflect:
      return options.padding_mode(torch::kReflect);
    case model::Padding::replicate:
      return options.padding_mode(torch::kReplicate);
    case model::Padding::circular:
      return options.padding_mode(torch::kCircular);
    case model::Padding::zero:
      break;
  }
  return options;
}

}  // namespace lama::internal::networks

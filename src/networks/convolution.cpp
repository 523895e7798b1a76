#include "networks/convolution.h"

namespace lama::internal::networks {
namespace {

Operation operation(torch::nn::Conv2d convolution) {
  return [convolution](const torch::Tensor& x) mutable { return convolution->forward(x); };
}

/// A convolution with the weights of `original` and a larger dilation.
Operation dilated_copy(torch::nn::Conv2d original, const torch::nn::Conv2dOptions& options) {
  // As published it first draws weights of its own, and drops them.
  torch::nn::Conv2d copy(options);
  copy->weight = original->weight;
  copy->bias = original->bias;
  return operation(copy);
}

}  // namespace

Convolution::Convolution(torch::nn::Module& root, const model::ConvolutionLayer& layer,
                         const std::vector<std::int64_t>& padding)
    : layer_(layer) {
  torch::nn::Conv2d first{nullptr};
  for (std::size_t i = 0; i < layer.branches.size(); ++i) {
    const model::ConvolutionBranch& branch = layer.branches[i];
    const std::int64_t border =
        padding.empty() ? std::int64_t{branch.dilation} * (layer.kernel / 2) : padding[i];
    const auto options = [&](std::int64_t out, std::int64_t groups) {
      return padded(torch::nn::Conv2dOptions(branch.in, out, layer.kernel)
                        .stride(layer.stride)
                        .dilation(branch.dilation)
                        .groups(groups)
                        .bias(layer.bias),
                    layer.padding, border);
    };
    if (layer.separable) {
      const auto depthwise = operation(register_as(
          root, branch.name + ".depthwise", torch::nn::Conv2d(options(branch.in, branch.in))));
      const auto pointwise = operation(
          register_as(root, branch.name + ".pointwise",
                      torch::nn::Conv2d(torch::nn::Conv2dOptions(branch.in, branch.out, 1))));
      branches_.emplace_back(
          [depthwise, pointwise](const torch::Tensor& x) { return pointwise(depthwise(x)); });
    } else if (branch.copy) {
      branches_.push_back(dilated_copy(first, options(branch.out, layer.groups)));
      for (const auto& parameter : first->named_parameters()) {
        copies_.push_back(
            {branch.name + "." + parameter.key(), layer.branches[0].name + "." + parameter.key()});
      }
    } else {
      const auto convolution =
          register_as(root, branch.name, torch::nn::Conv2d(options(branch.out, layer.groups)));
      if (i == 0) first = convolution;
      branches_.push_back(operation(convolution));
    }
  }
}

torch::Tensor Convolution::operator()(const torch::Tensor& x) const {
  std::vector<torch::Tensor> results;
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    const model::ConvolutionBranch& branch = layer_.branches[i];
    results.push_back(
        branches_[i](branch.in == layer_.in ? x : x.narrow(1, branch.first_in, branch.in)));
  }
  if (!layer_.order.empty()) {
    const std::vector<std::int64_t> order(layer_.order.begin(), layer_.order.end());
    return torch::cat(results, 1)
        .index_select(1, torch::tensor(order, torch::device(x.device()).dtype(torch::kLong)));
  }
  torch::Tensor sum = results[0];
  for (std::size_t i = 1; i < results.size(); ++i) sum = sum + results[i];
  return sum;
}

}  // namespace lama::internal::networks

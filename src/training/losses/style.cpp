#include "training/losses/style.h"

namespace lama::internal::training {

StyleLossImpl::StyleLossImpl(const weights::TensorFile& vgg19,
                             const std::array<double, 5>& layer_weights)
    : vgg_(register_module("vgg", networks::Vgg19(networks::Vgg19Impl::Pooling::maximum,
                                                  networks::Vgg19Impl::kRelu5_1, vgg19))),
      layer_weights_(layer_weights) {}

torch::Tensor StyleLossImpl::forward(const torch::Tensor& prediction, const torch::Tensor& target) {
  constexpr std::array<std::size_t, 5> kFirstOfBlock = {0, 2, 4, 8, 12};
  const auto predicted = vgg_->forward(prediction), wanted = vgg_->forward(target);
  torch::Tensor sum = torch::zeros({}, prediction.options());
  for (std::size_t i = 0; i < kFirstOfBlock.size(); ++i) {
    const std::size_t relu = kFirstOfBlock[i];
    sum = sum + layer_weights_[i] * torch::l1_loss(predicted[relu], wanted[relu]);
  }
  return sum;
}

}  // namespace lama::internal::training

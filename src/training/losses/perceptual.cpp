#include "training/losses/perceptual.h"

#include "training/losses/imagenet.h"

namespace lama::internal::training {

PerceptualLossImpl::PerceptualLossImpl(const weights::TensorFile& vgg19)
    : vgg_(register_module("vgg", networks::Vgg19(networks::Vgg19Impl::kRelu51, vgg19))) {}

torch::Tensor PerceptualLossImpl::forward(const torch::Tensor& prediction,
                                          const torch::Tensor& target, const torch::Tensor& mask) {
  const auto predicted = vgg_->forward(imagenet_normalised(prediction));
  const auto wanted = vgg_->forward(imagenet_normalised(target));
  torch::Tensor sum;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    torch::Tensor squared = (predicted[i] - wanted[i]).square();
    if (mask.defined()) {
      squared = squared *
                (1 - torch::upsample_bilinear2d(mask, {squared.size(2), squared.size(3)}, false));
    }
    const torch::Tensor layer = squared.mean({1, 2, 3});
    sum = i == 0 ? layer : sum + layer;
  }
  return sum;
}

}  // namespace lama::internal::training

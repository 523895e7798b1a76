#include "training/losses/resnet_pl.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "base/error.h"
#include "training/losses/imagenet.h"

namespace lama::internal::training {

std::filesystem::path resnet_pl_weights(const std::filesystem::path& weights_path,
                                        const ResNetPlConfig& config) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(weights_path, ignored)) return weights_path;
  const std::string source = "http://sceneparsing.csail.mit.edu/model/";
  std::filesystem::path path = weights_path;
  std::string published;
  if (config.segmentation) {
    const std::string folder =
        fmt::format("ade20k-resnet{}{}-ppm_deepsup", config.depth, config.dilated ? "dilated" : "");
    path = path / "ade20k" / folder / "encoder_epoch_20.pth";
    published = fmt::format("{}pytorch/{}/encoder_epoch_20.pth", source, folder);
  } else {
    path = path / "pretrained" / fmt::format("resnet{}-imagenet.pth", config.depth);
    published = fmt::format("{}pretrained_resnet/resnet{}-imagenet.pth", source, config.depth);
  }
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw Error(fmt::format(
        "{}: the weights of the perceptual loss are not there: put the file {} in that place, or "
        "set losses.resnet_pl.weight to 0",
        path.string(), published));
  }
  return path;
}

ResNetPlImpl::ResNetPlImpl(const ResNetPlConfig& config, const weights::TensorFile& weights)
    : weight_(config.weight),
      impl_(register_module("impl", networks::ResNet(config.depth, config.dilated, weights))) {}

torch::Tensor ResNetPlImpl::forward(const torch::Tensor& prediction, const torch::Tensor& target) {
  const auto predicted = impl_->forward(imagenet_normalised(prediction));
  const auto wanted = impl_->forward(imagenet_normalised(target));
  torch::Tensor sum = torch::zeros({}, prediction.options());
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    sum = sum + torch::mse_loss(predicted[i], wanted[i]);
  }
  return sum * weight_;
}

}  // namespace lama::internal::training

#include "training/losses/efficientnet_pl.h"

#include <fmt/format.h>

#include <array>
#include <system_error>
#include <vector>

#include "base/error.h"

namespace lama::internal::training {

std::filesystem::path efficientnet_pl_weights(const std::filesystem::path& weights_path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(weights_path, ignored)) return weights_path;
  const std::filesystem::path path = weights_path / "efficientnet-lite0-57934424.pth";
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw Error(fmt::format(
        "{}: the weights of the perceptual loss are not there: scripts/fetch-feature-network "
        "fetches them, or set losses.resnet_pl.weight to 0",
        path.string()));
  }
  return path;
}

EfficientNetPlImpl::EfficientNetPlImpl(double weight, const weights::TensorFile& weights)
    : weight_(weight),
      network_(register_module(
          "network", networks::EfficientNetLite(/*size=*/0, /*dilated=*/true, weights))) {}

torch::Tensor EfficientNetPlImpl::forward(const torch::Tensor& prediction,
                                          const torch::Tensor& target) {
  std::vector<torch::Tensor> wanted;
  {
    const torch::NoGradGuard no_gradients;
    wanted = network_->forward(target);
  }
  const auto predicted = network_->forward(prediction);
  constexpr std::array<std::size_t, 4> kStages = {1, 2, 4, 6};  // counted from 0
  torch::Tensor sum = torch::zeros({}, prediction.options());
  for (const std::size_t stage : kStages) {
    // 16-bit maps are summed up in full precision.
    const auto type = prediction.scalar_type();
    const torch::Tensor truth = wanted[stage].to(type);
    sum = sum + torch::mse_loss(predicted[stage].to(type), truth) / truth.square().mean();
  }
  return sum * (weight_ / static_cast<double>(kStages.size()));
}

}  // namespace lama::internal::training

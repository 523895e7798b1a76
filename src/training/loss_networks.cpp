#include "training/loss_networks.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "base/environment.h"
#include "base/error.h"
#include "weights/torch_file.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const weights::TensorFile> open_vgg19(const LossesConfig& config) {
  const fs::path path =
      config.vgg_weights.empty() ? torch_checkpoints() / "vgg19-dcbb9e9d.pth" : config.vgg_weights;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    throw Error(fmt::format(
        "{}: the weights of VGG-19 are not there: put https://download.pytorch.org/models/"
        "vgg19-dcbb9e9d.pth in that place, or say where it is with losses.perceptual.weights_path",
        path.string()));
  }
  return weights::open_torch_file(path);
}

/// Adds to an error of a network's weights the key of the config that names them.
template <typename Open>
auto of_key(const char* key, const Open& open) {
  try {
    return open();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", key, error.what()));
  }
}

}  // namespace

void LossNetworks::train(bool training, bool frozen_statistics) {
  if (resnet_pl) resnet_pl->train(training && !frozen_statistics);
}

LossNetworks open_loss_networks(const LossesConfig& config, const torch::Device& device) {
  LossNetworks networks;
  if (config.resnet_pl.weight > 0) {
    of_key("losses.resnet_pl.weights_path", [&] {
      const ResNetPlConfig& options = config.resnet_pl;
      const std::filesystem::path& path = config.resnet_pl_weights_path;
      if (options.efficientnet) {
        const auto file = weights::open_torch_file(efficientnet_pl_weights(path));
        networks.efficientnet_pl = EfficientNetPl(options.weight, *file);
        networks.efficientnet_pl->to(device);
      } else {
        const auto file = weights::open_torch_file(resnet_pl_weights(path, options));
        networks.resnet_pl = ResNetPl(options, *file);
        networks.resnet_pl->to(device);
      }
    });
  }
  const bool propagates = config.distance_weighter.kind == DistanceWeighterConfig::Kind::pps;
  if (config.perceptual_weight <= 0 && !propagates) return networks;
  const auto vgg19 = open_vgg19(config);
  if (config.perceptual_weight > 0) {
    networks.perceptual = PerceptualLoss(*vgg19);
    networks.perceptual->to(device);
  }
  if (propagates) {
    networks.similarity.emplace(config.distance_weighter.pps, *vgg19);
    networks.similarity->network()->to(device);
  }
  return networks;
}

}  // namespace lama::internal::training

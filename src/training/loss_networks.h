// The frozen networks of losses, from weight files that the user has put in place.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <optional>

#include "training/config/training_config.h"
#include "training/losses/distance_weighting.h"
#include "training/losses/efficientnet_pl.h"
#include "training/losses/perceptual.h"
#include "training/losses/resnet_pl.h"

namespace lama::internal::training {

/// Null, or nothing, where a loss is off.
struct LossNetworks {
  ResNetPl resnet_pl{nullptr};
  EfficientNetPl efficientnet_pl{nullptr};  ///< in the place of resnet_pl
  PerceptualLoss perceptual{nullptr};
  std::optional<PropagatedSimilarity> similarity;  ///< of the distance weighter pps

  /// Batch norms as published, or with `frozen_statistics` always as pretrained.
  void train(bool training, bool frozen_statistics);
};

/// The weight files of a config's losses; empty where a loss needs none.
struct LossWeights {
  std::filesystem::path resnet_pl;  ///< or efficientnet_pl
  std::filesystem::path vgg19;
};

/// Reads no file. Throws Error, which names the published file and its address, if a file is not
/// there.
LossWeights find_loss_weights(const LossesConfig& config);

/// Throws Error as find_loss_weights(), and if a file differs from the published one.
LossNetworks open_loss_networks(const LossesConfig& config, const torch::Device& device);

}  // namespace lama::internal::training

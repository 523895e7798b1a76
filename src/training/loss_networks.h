// The frozen networks of losses, from weight files that the user has put in place.
#pragma once

#include <torch/torch.h>

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

/// Throws Error, which names the published file and its address, if a file is not there or differs
/// from it.
LossNetworks open_loss_networks(const LossesConfig& config, const torch::Device& device);

}  // namespace lama::internal::training

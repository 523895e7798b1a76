#pragma once

namespace lama::internal::training {

/// `losses.resnet_pl`.
struct ResNetPlConfig {
  double weight = 1;
  bool efficientnet = false;  ///< ours: `arch_encoder: efficientnet_lite0dilated`, no ResNet
  int depth = 50;             ///< `arch_encoder`: resnet50, or resnet18
  bool dilated = true;        ///< `arch_encoder`: with "dilated" behind it
  bool segmentation = true;   ///< trained to segment ADE20K, else to classify ImageNet
};

}  // namespace lama::internal::training

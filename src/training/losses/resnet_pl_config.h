#pragma once

namespace lama::training {

/// `losses.resnet_pl`.
struct ResNetPlConfig {
  double weight = 1;
  bool dilated = true;       ///< `arch_encoder`: resnet50dilated, else resnet50
  bool segmentation = true;  ///< trained to segment ADE20K, else to classify ImageNet
};

}  // namespace lama::training

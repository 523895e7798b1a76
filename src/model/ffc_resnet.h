// The FFC-ResNet generator as a list of layers with their parameters' names and shapes
// of the published state dict. The engine and the weight files meet here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/generator_config.h"

namespace lama::model {

using Shape = std::vector<std::int64_t>;

/// A named tensor, as in the published `generator` state dict: "model.1.bn_l.weight".
struct Parameter {
  std::string name;
  Shape shape;
};

/// FFC_BN_ACT: an FFC layer whose two outputs go through batch norm and ReLU. Its parameters are
///   NAME.ffc.convl2l.weight, convl2g, convg2l: each between two non-empty branches
///   NAME.ffc.convg2g.{conv1.0, conv1.1.*, fu.conv_layer, fu.bn.*, conv2}: the spectral transform
///   NAME.bn_l.*, NAME.bn_g.*
struct FfcLayer {
  std::string name;
  int kernel, stride;
  int in_local, in_global;
  int out_local, out_global;

  int in() const { return in_local + in_global; }
  int out() const { return out_local + out_global; }
  /// Channels inside the spectral transform.
  int spectral() const { return in_global > 0 ? out_global / 2 : 0; }
};

/// ConvTranspose2d 3x3, stride 2, padding 1, output padding 1, with bias; then batch norm, ReLU.
struct UpsampleLayer {
  std::string name, batch_norm;
  int in, out;
};

struct FfcResnet {
  GeneratorConfig config;
  FfcLayer stem;  ///< 7x7 after a reflection pad of 3
  std::vector<FfcLayer> downsamples;
  std::vector<std::array<FfcLayer, 2>> blocks;
  std::vector<UpsampleLayer> upsamples;
  std::string head;  ///< name of the 7x7 convolution with bias to the output channels

  int features(int level) const;  ///< channels after `level` halvings
};

FfcResnet ffc_resnet(const GeneratorConfig& config);

/// Every parameter inference needs, in the published order. (`num_batches_tracked` is not among
/// them: it plays no role in evaluation mode.)
std::vector<Parameter> parameters(const FfcResnet& network);

}  // namespace lama::model

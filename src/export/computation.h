// A generator as a list of operations on feature maps, which onnx.h and torch_script.h write.
#pragma once

#include <string>
#include <vector>

#include "model/architecture.h"

namespace lama::internal::exporting {

struct Operation {
  enum class Kind {
    input,                   ///< the masked picture and the mask; always the first
    convolution,             ///< padded on all sides by around()
    transposed_convolution,  ///< 3x3, stride 2, padding 1, output padding 1
    batch_norm,
    relu,
    add,           ///< of two maps
    concatenate,   ///< of two maps, along the channels
    channels,      ///< some channels, from `first` on
    mean_pool,     ///< of 2x2
    enlarge,       ///< to twice the sides, bilinear between the pixels' middles
    fourier_unit,  ///< NAME.conv_layer and NAME.bn between the two transforms
  };

  Kind kind;
  std::vector<std::size_t> inputs = {};  ///< positions of earlier operations
  std::string name = {};                 ///< of its parameters
  int channels = 0;                      ///< of its result
  int level = 0;                         ///< its result has 1 / 2^level of the input's sides
  int kernel = 1, stride = 1, dilation = 1, groups = 1;
  bool bias = false;
  model::Padding padding = model::Padding::zero;
  int first = 0;

  int around() const { return dilation * (kernel / 2); }
  /// Whether a convolution's padding shows pixels of the map, and not zeros.
  bool extends() const { return padding != model::Padding::zero && around() > 0; }
};

/// The output activation follows the last operation. Throws Error, with the reason, for networks
/// that have no export: ablations of the published code, and networks that see interpolated pixels.
/// `name` is the model's name in errors.
std::vector<Operation> computation(const model::Architecture& architecture,
                                   const std::string& name);

}  // namespace lama::internal::exporting

// A generator as a list of layers with their parameters' names and shapes of the published state
// dict. The engine and the weight files meet here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/generator_config.h"

namespace lama::internal::model {

/// A tensor's sides, the outermost first.
using Shape = std::vector<std::int64_t>;

/// A named tensor, as in the published `generator` state dict: "model.1.bn_l.weight".
struct Parameter {
  enum class Role {
    trainable,
    statistic,  ///< of a batch norm: measured, not trained
    copy,       ///< the same tensor as another one under a second name
  };

  std::string name;
  Shape shape;
  Role role = Role::trainable;
};

/// A batch or instance norm over the channels of the layer before it.
struct Norm {
  NormKind kind = NormKind::none;
  bool affine = true;
  std::string name;
};

/// One of the convolutions whose results a ConvolutionLayer adds or concatenates.
struct ConvolutionBranch {
  std::string name;
  int first_in, in, out;  ///< reads the channels first_in .. first_in + in - 1
  int dilation = 1;
  bool copy = false;  ///< has the weights of the first branch
};

/// Convolution, norm and ReLU: NAME.{weight, bias}, or NAME.convs.I.{weight, bias} of several. The
/// padding is dilation * (kernel / 2) on all sides.
struct ConvolutionLayer {
  std::string name;
  int kernel, stride;
  int in, out;
  int groups = 1;
  bool bias = true;
  /// Each convolution is a depthwise one (NAME.depthwise) and a 1x1 one (NAME.pointwise).
  bool separable = false;
  Padding padding = Padding::zero;
  std::vector<ConvolutionBranch> branches;
  /// Empty: the branches' results are added. Otherwise they are concatenated, and channel i of the
  /// result is order[i] of that.
  std::vector<int> order;
  Norm norm;
  bool relu = false;
  bool enlarges = false;  ///< its input is first enlarged twice, bilinearly
};

/// FFC_BN_ACT: an FFC layer whose two outputs go through a norm and ReLU. Its parameters are
///   NAME.ffc.convl2l.weight, convl2g, convg2l: each between two non-empty branches
///   NAME.ffc.convg2g.{conv1.0, conv1.1.*, fu.*, lfu.*, conv2}: the spectral transform
///   NAME.ffc.gate.*
///   NAME.bn_l.*, NAME.bn_g.*
struct FfcLayer {
  std::string name;
  int kernel, stride;
  int in_local, in_global;
  int out_local, out_global;
  int dilation = 1;
  int groups = 1;
  bool bias = false;
  bool gated = false;
  bool lfu = false;
  Padding padding = Padding::reflect;
  FourierUnitOptions fourier_unit;
  NormKind norm = NormKind::batch;
  bool affine = true;

  int in() const { return in_local + in_global; }
  int out() const { return out_local + out_global; }
  /// Channels inside the spectral transform.
  int spectral() const { return in_global > 0 ? out_global / 2 : 0; }
  int spectral_groups() const { return groups == 1 ? 1 : groups / 2; }
  /// Channels that the Fourier unit's convolution reads.
  int spectrum_in() const { return 2 * spectral() + (fourier_unit.spectral_pos_encoding ? 2 : 0); }
};

struct SpatialTransform {
  std::string angle;  ///< the parameter, degrees
  double pad_coef;
  double angle_init_range;
};

/// x + layer 1 (layer 0 (x)). With spatial transforms: around each layer, and around all of it.
struct FfcBlock {
  std::string name;
  std::array<FfcLayer, 2> layers;
  std::array<std::optional<SpatialTransform>, 2> around_layer;
  std::optional<SpatialTransform> around;
};

struct ConvolutionBlock {
  std::string name;
  std::array<ConvolutionLayer, 2> layers;
};

/// ConvTranspose2d 3x3, stride 2, padding 1, output padding 1, with bias; then norm and ReLU.
struct UpsampleLayer {
  std::string name;
  int in, out;
  Norm norm;
};

using Layer = std::variant<ConvolutionLayer, FfcLayer, FfcBlock, ConvolutionBlock, UpsampleLayer>;

/// The layers one after another. Feature maps hold local channels, then global ones.
struct Architecture {
  GeneratorConfig config;
  std::vector<Layer> layers;
};

/// Throws Error naming the key if the published code could not build or run this network.
Architecture architecture(const GeneratorConfig& config);

/// Every parameter inference needs, in the published order. (`num_batches_tracked` is not among
/// them: it plays no role in evaluation mode.)
std::vector<Parameter> parameters(const Architecture& architecture);

/// The conditions on an input's height and width: multiples of `multiple`, at least `least`
/// (paddings that mirror need more pixels than they add), and equal if `square`.
struct InputSizes {
  int multiple = 1, least = 1;
  bool square = false;
};
InputSizes input_sizes(const Architecture& architecture);

}  // namespace lama::internal::model

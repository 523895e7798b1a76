// The options of a generator: the `generator` section of a published config.yaml.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal::model {

enum class GeneratorKind { ffc_resnet, pix2pixhd_global, pix2pixhd_multidilated };
enum class OutputActivation { none, tanh, sigmoid };
/// The pixels that a convolution sees outside the picture: its mirror image without the edge
/// repeated, zeros, the edge pixel, or the picture's other side.
enum class Padding { reflect, zero, replicate, circular };
enum class FftNorm { ortho, forward, backward };
enum class Resampling { bilinear, bicubic };
/// The values of missing pixels in the network's input: zeros, as published; or a smooth
/// continuation of the pixels around them (image/interpolate.h), to which its output is then added.
enum class MissingPixels { zero, interpolated };

/// Arguments of the published FourierUnit. (A local Fourier unit always has the defaults.)
struct FourierUnitOptions {
  double spatial_scale_factor = 0;  ///< resizes the map before and back after; 0: it does not
  Resampling spatial_scale_mode = Resampling::bilinear;
  bool spectral_pos_encoding = false;  ///< adds two planes of coordinates to the spectrum
  bool use_se = false;                 ///< squeeze and excitation of the spectrum's channels
  int se_reduction = 16;               ///< `se_kwargs.reduction`
  bool ffc3d = false;                  ///< transforms over the channels too
  FftNorm fft_norm = FftNorm::ortho;

  friend bool operator==(const FourierUnitOptions&, const FourierUnitOptions&) = default;
};

/// LearnableSpatialTransformWrapper: rotates by a learnt angle before, and back after.
struct SpatialTransformOptions {
  double pad_coef = 0.5;         ///< mirrored border on each side, in sides of the map
  double angle_init_range = 80;  ///< the angle begins between 0 and this, degrees

  friend bool operator==(const SpatialTransformOptions&, const SpatialTransformOptions&) = default;
};

/// A section of arguments for FFC layers: `init_conv_kwargs`, `resnet_conv_kwargs`, ...
struct FfcOptions {
  double ratio_gin = 0;  ///< the global branch's share of channels, in
  double ratio_gout = 0;
  bool enable_lfu = false;  ///< local Fourier units; the published code's default is true
  bool gated = false;
  int dilation = 1;
  int groups = 1;
  bool bias = false;
  /// `padding_type`; only for down-sampling. Residual blocks take the generator's.
  Padding padding = Padding::reflect;
  FourierUnitOptions fourier_unit;
  /// `spatial_transform_kwargs`: around each layer of a residual block.
  std::optional<SpatialTransformOptions> spatial_transform;

  friend bool operator==(const FfcOptions&, const FfcOptions&) = default;
};

enum class CombMode { sum, cat_in, cat_out, cat_both };

/// `multidilation_kwargs`: parallel convolutions with dilations that double.
struct MultidilationOptions {
  int dilation_num = 3;
  CombMode comb_mode = CombMode::sum;
  bool equal_dim = true;
  bool shared_weights = false;
  int min_dilation = 1;
  bool use_depthwise = false;
  int groups = 1;
  bool bias = true;

  friend bool operator==(const MultidilationOptions&, const MultidilationOptions&) = default;
};

enum class NormKind { none, batch, instance };

/// Options of the two pix2pixHD kinds alone.
struct Pix2PixHdOptions {
  bool depthwise = false;  ///< `conv_kind`: depthwise, else default
  NormKind norm = NormKind::batch, up_norm = NormKind::batch;  ///< `norm_layer`, `up_norm_layer`
  std::optional<bool> affine;                                  ///< of both; null: each its default
  std::vector<int> ffc_positions;  ///< blocks with an FFC block before them, one per mention
  FfcOptions ffc;                  ///< `ffc_kwargs`
  MultidilationOptions multidilation;

  // pix2pixhd_global
  int dilated_blocks_n = 0, dilated_blocks_n_start = 0, dilated_blocks_n_middle = 0;
  bool multidilated_blocks = false;  ///< `dilation_block_kind`: multi, else simple
  bool is_resblock_depthwise = false;
  int dilation = 1;
  std::optional<int> second_dilation;

  friend bool operator==(const Pix2PixHdOptions&, const Pix2PixHdOptions&) = default;
};

/// A published generator. Defaults are lama-fourier's, but for the output activation, where it is
/// the published code's defaults.
struct GeneratorConfig {
  GeneratorKind kind = GeneratorKind::ffc_resnet;
  int input_channels = 4;   ///< `input_nc`: masked red, green, blue, and the mask
  int output_channels = 3;  ///< `output_nc`
  int ngf = 64;             ///< channels of the first layer
  int n_downsampling = 3;   ///< halvings of the resolution before the residual blocks
  int n_blocks = 9;
  int max_features = 1024;  ///< upper bound on the channels of any layer
  OutputActivation output_activation = OutputActivation::tanh;  ///< `add_out_act`
  Padding padding = Padding::reflect;                           ///< of the residual blocks
  MissingPixels missing_pixels = MissingPixels::zero;           ///< ours; published: zero
  /// `deconv_kind`: bilinear: enlarges and convolves, where others have transposed convolutions.
  /// Published for pix2pixhd_multidilated, ours for ffc_resnet; not for pix2pixhd_global.
  bool bilinear_deconv = false;

  // ffc_resnet (paper section 2.1 and appendix A)
  FfcOptions init, downsample;
  FfcOptions resnet = {.ratio_gin = 0.75, .ratio_gout = 0.75};
  std::vector<int> spatial_transform_layers;  ///< residual blocks, from 0; ascending
  SpatialTransformOptions spatial_transform;  ///< around each of those
  std::optional<FfcOptions> out_ffc;          ///< `out_ffc_kwargs`, if `out_ffc`

  Pix2PixHdOptions pix2pixhd;

  friend bool operator==(const GeneratorConfig&, const GeneratorConfig&) = default;
};

/// Reads the `generator` section of the config.yaml of a published model folder. References of the
/// form ${a.b.c} are resolved where they are used and nowhere else, because the published files
/// contain unrelated ones that only resolve on their authors' machines. ${env:NAME} is refused: the
/// config may be a stranger's.
///
/// Null means what Python's None means to the published code. Throws Error naming the key if it is
/// missing, mistyped, out of range, or asks for a network that the published code cannot run.
GeneratorConfig read_generator_config(const std::filesystem::path& config_yaml);

/// The same from text. `name` stands for the file in errors.
GeneratorConfig parse_generator_config(const std::string& yaml, std::string_view name);

/// `config` with some keys of the published `generator` section replaced, each given as KEY=VALUE:
/// "add_out_act=sigmoid", "resnet_conv_kwargs.ratio_gin=0.5". Throws Error as above.
GeneratorConfig override_config(const GeneratorConfig& config,
                                std::span<const std::string> overrides);

/// The config as one JSON document {"generator": {...}} in the published keys, which
/// parse_generator_config reads back (JSON is YAML).
std::string to_json(const GeneratorConfig& config);

/// One line for people: "FFC-ResNet: ngf 64, 3 down-samplings, 18 blocks, ratio 0.75, sigmoid".
std::string describe(const GeneratorConfig& config);

}  // namespace lama::internal::model

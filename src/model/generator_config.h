// What a generator is: the `generator` section of a published config.yaml.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lama::model {

enum class OutputActivation { none, tanh, sigmoid };

/// The FFC-ResNet generator (paper section 2.1 and appendix A). Defaults are lama-fourier's, but
/// for the output activation, where it is what the published code takes when a config says nothing.
struct GeneratorConfig {
  int input_channels = 4;   ///< `input_nc`: masked red, green, blue, and the mask
  int output_channels = 3;  ///< `output_nc`
  int ngf = 64;             ///< channels of the first layer
  int n_downsampling = 3;   ///< halvings of the resolution before the residual blocks
  int n_blocks = 9;         ///< residual blocks, two FFC layers each
  int max_features = 1024;  ///< upper bound on the channels of any layer
  double ratio = 0.75;  ///< `resnet_conv_kwargs.ratio_gin`: the global branch's share of channels
  OutputActivation output_activation = OutputActivation::tanh;  ///< `add_out_act`

  /// Height and width of the input must be multiples of this,
  int size_multiple() const { return 1 << n_downsampling; }
  /// and at least this: reflection padding at the bottleneck needs two pixels.
  int min_size() const { return 2 << n_downsampling; }

  friend bool operator==(const GeneratorConfig&, const GeneratorConfig&) = default;
};

/// Reads the `generator` section of the config.yaml of a published model folder. References of the
/// form ${a.b.c} and ${env:NAME} are resolved where they are used and nowhere else, because the
/// published files contain unrelated ones that only resolve on their authors' machines.
/// Throws Error naming the key if it is missing, mistyped, out of range, or asks for a network
/// that is not supported.
GeneratorConfig read_generator_config(const std::filesystem::path& config_yaml);

/// The same from text. `name` stands for the file in errors.
GeneratorConfig parse_generator_config(const std::string& yaml, std::string_view name);

/// The config as one JSON document {"generator": {...}} in the published keys, which
/// parse_generator_config reads back (JSON is YAML).
std::string to_json(const GeneratorConfig& config);

}  // namespace lama::model

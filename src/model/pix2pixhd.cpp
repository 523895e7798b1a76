#include "model/pix2pixhd.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "config/key_error.h"
#include "model/ffc_resnet.h"

namespace lama::internal::model {
namespace {

/// A convolution of `layer.in` to `layer.out` channels as the only branch.
ConvolutionLayer single(ConvolutionLayer layer, int dilation = 1) {
  layer.branches = {
      {.name = layer.name, .first_in = 0, .in = layer.in, .out = layer.out, .dilation = dilation}};
  return layer;
}

/// How MultidilatedConv divides `channels` between its branches.
std::vector<int> divide(int channels, const MultidilationOptions& options, bool divided,
                        const std::string& section) {
  const int n = options.dilation_num;
  if (!divided) return std::vector<int>(static_cast<std::size_t>(n), channels);
  std::vector<int> parts;
  if (options.equal_dim) {
    if (channels % n != 0) {
      throw config::KeyError(section + ".dilation_num",
                             fmt::format("{} does not divide {} channels", n, channels));
    }
    parts.assign(static_cast<std::size_t>(n), channels / n);
  } else {
    for (int i = 1; i < n; ++i) parts.push_back(channels >> i);
    parts.push_back(channels - std::accumulate(parts.begin(), parts.end(), 0));
  }
  for (const int part : parts) {
    if (part == 0) {
      throw config::KeyError(section + ".dilation_num",
                             fmt::format("{} is too much for {} channels", n, channels));
    }
  }
  return parts;
}

/// The published order of concatenated results. For unequal parts the published code takes each
/// part's start from the size of the one before, not from their sum: with three or more, some
/// channels are taken twice and others never. Networks were trained with it, so it stays.
std::vector<int> concatenation_order(const std::vector<int>& parts, bool equal) {
  std::vector<int> order;
  if (equal) {
    for (int i = 0; i < parts.front(); ++i) {
      for (int j = 0; j < static_cast<int>(parts.size()); ++j) order.push_back(i + j * parts[0]);
    }
    return order;
  }
  std::vector<int> starts = {0};
  starts.insert(starts.end(), parts.begin(), parts.end() - 1);
  for (int i = 0; i < parts.back(); ++i) {
    for (std::size_t j = 0; j < parts.size(); ++j) {
      const int length = parts[j] / parts.back();
      for (int k = 0; k < length; ++k) order.push_back(starts[j]++);
    }
  }
  return order;
}

}  // namespace

ConvolutionLayer multidilated(ConvolutionLayer layer, const MultidilationOptions& options,
                              const std::string& section) {
  const bool cat_in =
      options.comb_mode == CombMode::cat_in || options.comb_mode == CombMode::cat_both;
  const bool cat_out =
      options.comb_mode == CombMode::cat_out || options.comb_mode == CombMode::cat_both;
  const std::vector<int> in = divide(layer.in, options, cat_in, section);
  const std::vector<int> out = divide(layer.out, options, cat_out, section);
  const std::string key = section + ".";
  layer.groups = options.groups;
  layer.bias = options.bias;
  layer.separable = options.use_depthwise;
  if (options.use_depthwise && options.shared_weights) {
    throw config::KeyError(key + "shared_weights",
                           "the published code cannot share depthwise convolutions");
  }
  if (options.use_depthwise) layer.groups = 1;  // the published depthwise convolution drops them
  int first = 0, dilation = options.min_dilation;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] % layer.groups != 0 || out[i] % layer.groups != 0) {
      throw config::KeyError(key + "groups", fmt::format("{} does not divide {} and {} channels",
                                                         layer.groups, in[i], out[i]));
    }
    const bool copy = options.shared_weights && i > 0;
    if (copy && (in[i] != in[0] || out[i] != out[0])) {
      throw config::KeyError(key + "shared_weights", "needs branches of equal sizes");
    }
    layer.branches.push_back({.name = fmt::format("{}.convs.{}", layer.name, i),
                              .first_in = cat_in ? first : 0,
                              .in = in[i],
                              .out = out[i],
                              .dilation = dilation,
                              .copy = copy});
    first += in[i];
    dilation *= 2;
  }
  if (cat_out) {
    layer.order = concatenation_order(out, options.equal_dim);
    if (layer.order.size() != static_cast<std::size_t>(layer.out)) {
      throw config::KeyError(key + "equal_dim",
                             fmt::format("false does not work with {} channels", layer.out));
    }
  }
  return layer;
}

Architecture pix2pixhd(const GeneratorConfig& config) {
  const Pix2PixHdOptions& options = config.pix2pixhd;
  const bool global = config.kind == GeneratorKind::pix2pixhd_global;
  Architecture result{.config = config, .layers = {}};
  int position = 1;  // in the published Sequential; 0 is the reflection pad before the stem
  const auto next = [&] { return fmt::format("model.{}", position++); };
  const int n = config.n_downsampling;
  const auto features = [&](int level) {
    return std::min(config.max_features, config.ngf << level);
  };
  if ((n > 0 || config.n_blocks > 0) && features(0) != config.ngf) {
    throw config::KeyError("generator.max_features",
                           fmt::format("{} is less than ngf, {}", config.max_features, config.ngf));
  }
  const auto norm = [&](NormKind kind, std::string name) {
    // The published defaults: batch norms have weights, instance norms do not.
    return Norm{kind, options.affine.value_or(kind == NormKind::batch), std::move(name)};
  };

  for (int i = 0; i <= n; ++i) {  // the stem and the down-samplings
    const std::string name = next();
    result.layers.emplace_back(single({.name = name,
                                       .kernel = i == 0 ? 7 : 3,
                                       .stride = i == 0 ? 1 : 2,
                                       .in = i == 0 ? config.input_channels : features(i - 1),
                                       .out = i == 0 ? config.ngf : features(i),
                                       .separable = options.depthwise,
                                       .padding = i == 0 ? Padding::reflect : Padding::zero,
                                       .branches = {},
                                       .order = {},
                                       .norm = norm(options.norm, next()),
                                       .relu = true}));
    ++position;  // ReLU
  }

  const int channels = features(n);
  // Positions inside a block's Sequential: paddings other than zeros are modules there.
  const bool padded = global && config.padding != Padding::zero;
  const auto block_layer = [&](const std::string& name, bool first, int at, int groups) {
    return ConvolutionLayer{
        .name = fmt::format("{}.conv_block.{}", name, at),
        .kernel = 3,
        .stride = 1,
        .in = channels,
        .out = channels,
        .groups = groups,
        .separable = false,
        .padding = config.padding,
        .branches = {},
        .order = {},
        .norm = norm(options.norm, fmt::format("{}.conv_block.{}", name, at + 1)),
        .relu = first};
  };
  const auto plain_block = [&](int first_dilation, int second_dilation, bool grouped) {
    const std::string name = next();
    ConvolutionBlock block{.name = name,
                           .layers = {block_layer(name, true, padded ? 1 : 0, 1),
                                      block_layer(name, false, padded ? 5 : 3,
                                                  grouped && !options.depthwise ? channels : 1)}};
    for (ConvolutionLayer& layer : block.layers) layer.separable = options.depthwise;
    block.layers[0] = single(std::move(block.layers[0]), first_dilation);
    block.layers[1] = single(std::move(block.layers[1]), second_dilation);
    result.layers.emplace_back(std::move(block));
  };
  const auto multidilated_block = [&] {
    const std::string section = "generator.multidilation_kwargs";
    const std::string name = next();
    if (global && config.padding == Padding::zero) {
      throw config::KeyError("generator.padding_type",
                             "zero does not work with multidilated blocks");
    }
    result.layers.emplace_back(ConvolutionBlock{
        .name = name,
        .layers = {multidilated(block_layer(name, true, 0, 1), options.multidilation, section),
                   multidilated(block_layer(name, false, 3, 1), options.multidilation, section)}});
  };
  const auto dilated_blocks = [&](int count) {
    for (int i = 1; i <= count; ++i) {
      if (options.multidilated_blocks) {
        multidilated_block();
      } else {
        plain_block(1 << i, 1 << i, false);
      }
    }
  };
  const auto ffc_blocks = [&](int before) {
    const auto count =
        std::count(options.ffc_positions.begin(), options.ffc_positions.end(), before);
    if (count > 0 && global && config.padding == Padding::zero) {
      throw config::KeyError("generator.padding_type", "zero does not work with ffc_positions");
    }
    // The multidilated generator takes the list for a set.
    for (auto i = global ? count : std::min<std::ptrdiff_t>(count, 1); i > 0; --i) {
      result.layers.emplace_back(
          inline_ffc_block("generator.ffc_kwargs", next(), channels, options.ffc,
                           {config.padding, options.norm,
                            options.affine.value_or(options.norm == NormKind::batch)}));
    }
  };

  dilated_blocks(options.dilated_blocks_n_start);
  for (int i = 0; i < config.n_blocks; ++i) {
    if (i == config.n_blocks / 2) dilated_blocks(options.dilated_blocks_n_middle);
    ffc_blocks(i);
    if (global) {
      plain_block(options.dilation, options.second_dilation.value_or(options.dilation),
                  options.is_resblock_depthwise);
    } else {
      multidilated_block();
    }
  }
  dilated_blocks(options.dilated_blocks_n);

  for (int i = n; i > 0; --i) {
    if (config.bilinear_deconv) ++position;  // Upsample
    const std::string name = next();
    const Norm after = norm(options.up_norm, next());
    if (config.bilinear_deconv) {
      result.layers.emplace_back(single({.name = name,
                                         .kernel = 3,
                                         .stride = 1,
                                         .in = features(i),
                                         .out = features(i - 1),
                                         .separable = true,
                                         .padding = Padding::zero,
                                         .branches = {},
                                         .order = {},
                                         .norm = after,
                                         .relu = true,
                                         .enlarges = true}));
    } else {
      result.layers.emplace_back(
          UpsampleLayer{.name = name, .in = features(i), .out = features(i - 1), .norm = after});
    }
    ++position;  // ReLU
  }
  ++position;  // reflection pad
  result.layers.emplace_back(single({.name = next(),
                                     .kernel = 7,
                                     .stride = 1,
                                     .in = config.ngf,
                                     .out = config.output_channels,
                                     .padding = Padding::reflect,
                                     .branches = {},
                                     .order = {},
                                     .norm = {}}));
  return result;
}

}  // namespace lama::internal::model

#include "model/multidilation.h"

#include <fmt/format.h>

#include <numeric>

#include "config/key_error.h"

namespace lama::internal::model {
namespace {

/// The channels of each branch.
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

}  // namespace lama::internal::model

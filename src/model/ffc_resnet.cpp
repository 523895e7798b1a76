#include "model/ffc_resnet.h"

#include <fmt/format.h>

#include <algorithm>

namespace lama::model {
namespace {

/// Appends parameters to a list under a common prefix.
class Lister {
 public:
  void weight(const std::string& name, Shape shape) {
    list_.push_back({name + ".weight", std::move(shape)});
  }
  void bias(const std::string& name, std::int64_t channels) {
    list_.push_back({name + ".bias", {channels}});
  }
  void batch_norm(const std::string& name, std::int64_t channels) {
    for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
      list_.push_back({name + "." + part, {channels}});
    }
  }
  void ffc(const FfcLayer& layer) {
    const auto branch = [&](const char* name, int in, int out) {
      if (in > 0 && out > 0) {
        weight(layer.name + ".ffc." + name, {out, in, layer.kernel, layer.kernel});
      }
    };
    branch("convl2l", layer.in_local, layer.out_local);
    branch("convl2g", layer.in_local, layer.out_global);
    branch("convg2l", layer.in_global, layer.out_local);
    if (const std::int64_t h = layer.spectral(); h > 0) {
      const std::string g2g = layer.name + ".ffc.convg2g";
      weight(g2g + ".conv1.0", {h, layer.in_global, 1, 1});
      batch_norm(g2g + ".conv1.1", h);
      weight(g2g + ".fu.conv_layer", {2 * h, 2 * h, 1, 1});
      batch_norm(g2g + ".fu.bn", 2 * h);
      weight(g2g + ".conv2", {layer.out_global, h, 1, 1});
    }
    if (layer.out_local > 0) batch_norm(layer.name + ".bn_l", layer.out_local);
    if (layer.out_global > 0) batch_norm(layer.name + ".bn_g", layer.out_global);
  }
  std::vector<Parameter> take() { return std::move(list_); }

 private:
  std::vector<Parameter> list_;
};

}  // namespace

int FfcResnet::features(int level) const {
  return std::min(config.max_features, config.ngf << level);
}

FfcResnet ffc_resnet(const GeneratorConfig& config) {
  FfcResnet network{
      .config = config, .stem = {}, .downsamples = {}, .blocks = {}, .upsamples = {}, .head = {}};
  // Positions in the published Sequential; 0 is the reflection pad before the stem.
  int position = 1;
  const auto next = [&] { return fmt::format("model.{}", position++); };
  const int n = config.n_downsampling;
  const int bottleneck = network.features(n);
  const int global = static_cast<int>(bottleneck * config.ratio);  // truncated, as published
  const int local = bottleneck - global;

  network.stem = {next(), 7, 1, config.input_channels, 0, network.features(0), 0};
  for (int i = 0; i < n; ++i) {
    const bool last = i == n - 1;
    network.downsamples.push_back({next(), 3, 2, network.features(i), 0,
                                   last ? local : network.features(i + 1), last ? global : 0});
  }
  for (int i = 0; i < config.n_blocks; ++i) {
    const std::string name = next();
    network.blocks.push_back({FfcLayer{name + ".conv1", 3, 1, local, global, local, global},
                              FfcLayer{name + ".conv2", 3, 1, local, global, local, global}});
  }
  ++position;  // ConcatTupleLayer
  for (int i = n; i > 0; --i) {
    const std::string convolution = next();
    const std::string batch_norm = next();
    network.upsamples.push_back(
        {convolution, batch_norm, network.features(i), network.features(i - 1)});
    ++position;  // ReLU
  }
  ++position;  // reflection pad
  network.head = next();
  return network;
}

std::vector<Parameter> parameters(const FfcResnet& network) {
  Lister list;
  list.ffc(network.stem);
  for (const FfcLayer& layer : network.downsamples) list.ffc(layer);
  for (const auto& block : network.blocks) {
    for (const FfcLayer& layer : block) list.ffc(layer);
  }
  for (const UpsampleLayer& layer : network.upsamples) {
    list.weight(layer.name, {layer.in, layer.out, 3, 3});
    list.bias(layer.name, layer.out);
    list.batch_norm(layer.batch_norm, layer.out);
  }
  list.weight(network.head, {network.config.output_channels, network.features(0), 7, 7});
  list.bias(network.head, network.config.output_channels);
  return list.take();
}

}  // namespace lama::model

#include "model/architecture.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace lama::internal::model {
namespace {

using Parameters = std::map<std::string, Shape>;

Parameters parameters_of(const GeneratorConfig& config) {
  Parameters result;
  for (const Parameter& parameter : parameters(architecture(config))) {
    EXPECT_TRUE(result.emplace(parameter.name, parameter.shape).second)
        << parameter.name << " is listed twice";
  }
  return result;
}

GeneratorConfig with_ratio(double ratio, GeneratorConfig config) {
  config.resnet.ratio_gin = config.resnet.ratio_gout = ratio;
  return config;
}

/// The layers of one type, in order.
template <typename T>
std::vector<T> layers(const Architecture& architecture) {
  std::vector<T> result;
  for (const Layer& layer : architecture.layers) {
    if (const T* found = std::get_if<T>(&layer)) result.push_back(*found);
  }
  return result;
}

bool is_statistic(const std::string& name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

std::int64_t count(const Shape& shape) {
  std::int64_t product = 1;
  for (const auto side : shape) product *= side;
  return product;
}

struct Totals {
  std::int64_t trainable = 0, statistics = 0;
  std::size_t batch_norms = 0, entries = 0;
};

Totals totals(const Parameters& all) {
  Totals sum;
  for (const auto& [name, shape] : all) {
    (is_statistic(name) ? sum.statistics : sum.trainable) += count(shape);
    sum.batch_norms += name.ends_with(".running_var") ? 1 : 0;
  }
  sum.entries = all.size();
  return sum;
}

/// The tensors of a published checkpoint for `blocks` residual blocks, without num_batches_tracked.
Parameters published(int blocks) {
  Parameters all;
  const auto name = [](int position) { return "model." + std::to_string(position); };
  const auto batch_norm = [&](const std::string& prefix, std::int64_t channels) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      all[prefix + part] = {channels};
    }
  };
  all["model.1.ffc.convl2l.weight"] = {64, 4, 7, 7};
  batch_norm("model.1.bn_l", 64);
  all["model.2.ffc.convl2l.weight"] = {128, 64, 3, 3};
  batch_norm("model.2.bn_l", 128);
  all["model.3.ffc.convl2l.weight"] = {256, 128, 3, 3};
  batch_norm("model.3.bn_l", 256);
  all["model.4.ffc.convl2l.weight"] = {128, 256, 3, 3};
  all["model.4.ffc.convl2g.weight"] = {384, 256, 3, 3};
  batch_norm("model.4.bn_l", 128);
  batch_norm("model.4.bn_g", 384);
  for (int i = 5; i < 5 + blocks; ++i) {
    for (const char* convolution : {".conv1", ".conv2"}) {
      const std::string layer = name(i) + convolution, g2g = layer + ".ffc.convg2g";
      all[layer + ".ffc.convl2l.weight"] = {128, 128, 3, 3};
      all[layer + ".ffc.convl2g.weight"] = {384, 128, 3, 3};
      all[layer + ".ffc.convg2l.weight"] = {128, 384, 3, 3};
      all[g2g + ".conv1.0.weight"] = {192, 384, 1, 1};
      batch_norm(g2g + ".conv1.1", 192);
      all[g2g + ".fu.conv_layer.weight"] = {384, 384, 1, 1};
      batch_norm(g2g + ".fu.bn", 384);
      all[g2g + ".conv2.weight"] = {384, 192, 1, 1};
      batch_norm(layer + ".bn_l", 128);
      batch_norm(layer + ".bn_g", 384);
    }
  }
  for (int j = 0; j < 3; ++j) {
    const int at = 6 + blocks + 3 * j;
    const std::int64_t in = 512 >> j, out = 256 >> j;
    all[name(at) + ".weight"] = {in, out, 3, 3};
    all[name(at) + ".bias"] = {out};
    batch_norm(name(at + 1), out);
  }
  all[name(16 + blocks) + ".weight"] = {3, 64, 7, 7};
  all[name(16 + blocks) + ".bias"] = {3};
  return all;
}

TEST(FfcResnet, LamaFourierHasThePublishedParameters) {
  const Parameters all = parameters_of({.n_blocks = 9});
  EXPECT_EQ(all, published(9));
  const Totals sum = totals(all);
  EXPECT_EQ(sum.trainable, 27'048'835);
  // The published counts include one int64 counter per batch norm.
  EXPECT_EQ(sum.statistics + static_cast<std::int64_t>(sum.batch_norms), 42'064);
  EXPECT_EQ(sum.entries + sum.batch_norms, 521U);
}

TEST(FfcResnet, BigLamaHasThePublishedParameters) {
  const Parameters all = parameters_of({.n_blocks = 18});
  EXPECT_EQ(all, published(18));
  const Totals sum = totals(all);
  EXPECT_EQ(sum.trainable, 50'975'875);
  EXPECT_EQ(sum.statistics + static_cast<std::int64_t>(sum.batch_norms), 81'304);
  EXPECT_EQ(sum.entries + sum.batch_norms, 989U);
}

// Spelled out, so that a mistake in the arithmetic of published() above would show.
TEST(FfcResnet, PositionsOfTheDecoder) {
  const Parameters nine = parameters_of({.n_blocks = 9});
  EXPECT_EQ(nine.at("model.15.weight"), (Shape{512, 256, 3, 3}));
  EXPECT_EQ(nine.at("model.18.weight"), (Shape{256, 128, 3, 3}));
  EXPECT_EQ(nine.at("model.21.weight"), (Shape{128, 64, 3, 3}));
  EXPECT_EQ(nine.at("model.22.running_mean"), (Shape{64}));
  EXPECT_EQ(nine.at("model.25.weight"), (Shape{3, 64, 7, 7}));
  EXPECT_EQ(nine.at("model.25.bias"), (Shape{3}));
  const Parameters eighteen = parameters_of({.n_blocks = 18});
  EXPECT_EQ(eighteen.at("model.24.weight"), (Shape{512, 256, 3, 3}));
  EXPECT_EQ(eighteen.at("model.31.running_var"), (Shape{64}));
  EXPECT_EQ(eighteen.at("model.34.weight"), (Shape{3, 64, 7, 7}));
}

TEST(FfcResnet, OrderIsThePublishedOne) {
  const auto list = parameters(architecture({.n_blocks = 1}));
  EXPECT_EQ(list.front().name, "model.1.ffc.convl2l.weight");
  EXPECT_EQ(list[1].name, "model.1.bn_l.weight");
  EXPECT_EQ(list.back().name, "model.17.bias");
}

TEST(FfcResnet, LayersAgreeWithTheirNeighbours) {
  const Architecture network =
      architecture(with_ratio(0.6, {.ngf = 6, .n_downsampling = 4, .n_blocks = 3}));
  const auto encoder = layers<FfcLayer>(network);
  ASSERT_EQ(encoder.size(), 5U);
  EXPECT_EQ(encoder[0].kernel, 7);
  EXPECT_EQ(encoder[0].in(), 4);
  int channels = encoder[0].out();
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_EQ(encoder[i].stride, 2);
    EXPECT_EQ(encoder[i].in_global, 0);
    EXPECT_EQ(encoder[i].in(), channels);
    channels = encoder[i].out();
  }
  const auto blocks = layers<FfcBlock>(network);
  ASSERT_EQ(blocks.size(), 3U);
  for (const FfcBlock& block : blocks) {
    for (const FfcLayer& layer : block.layers) {
      EXPECT_EQ(layer.stride, 1);
      EXPECT_EQ(layer.in_local, encoder[4].out_local);
      EXPECT_EQ(layer.in_global, encoder[4].out_global);
      EXPECT_EQ(layer.out_local, layer.in_local);
      EXPECT_EQ(layer.out_global, layer.in_global);
    }
  }
  const auto decoder = layers<UpsampleLayer>(network);
  ASSERT_EQ(decoder.size(), 4U);
  for (const UpsampleLayer& layer : decoder) {
    EXPECT_EQ(layer.in, channels);
    channels = layer.out;
  }
  EXPECT_EQ(channels, 6);
}

TEST(FfcResnet, ShareOfTheGlobalBranchIsTruncated) {
  const auto globals = [](int ngf, double ratio) {
    const auto network = architecture(with_ratio(ratio, {.ngf = ngf, .n_downsampling = 1}));
    return layers<FfcLayer>(network).back().out_global;
  };
  EXPECT_EQ(globals(5, 0.75), 7);    // int(10 * 0.75)
  EXPECT_EQ(globals(5, 0.99), 9);    // int(9.9)
  EXPECT_EQ(globals(64, 0.75), 96);  // exact
  EXPECT_EQ(globals(50, 0.29), 28);  // int(100 * 0.29) is 28 in Python too: 28.999999999999996
}

TEST(FfcResnet, OddGlobalBranchHalvesDownwards) {
  // 7 global channels: SpectralTransform works on 7 // 2 of them.
  const Parameters all = parameters_of({.ngf = 5, .n_downsampling = 1, .n_blocks = 1});
  EXPECT_EQ(all.at("model.2.ffc.convl2g.weight"), (Shape{7, 5, 3, 3}));
  EXPECT_EQ(all.at("model.3.conv1.ffc.convl2l.weight"), (Shape{3, 3, 3, 3}));
  EXPECT_EQ(all.at("model.3.conv1.ffc.convg2g.conv1.0.weight"), (Shape{3, 7, 1, 1}));
  EXPECT_EQ(all.at("model.3.conv1.ffc.convg2g.fu.conv_layer.weight"), (Shape{6, 6, 1, 1}));
  EXPECT_EQ(all.at("model.3.conv1.ffc.convg2g.conv2.weight"), (Shape{7, 3, 1, 1}));
  EXPECT_EQ(all.at("model.5.weight"), (Shape{10, 5, 3, 3}));
}

TEST(FfcResnet, RatioZeroHasNoGlobalBranch) {
  const Parameters all = parameters_of(with_ratio(0, {.ngf = 8, .n_blocks = 2}));
  for (const auto& [name, shape] : all) {
    EXPECT_EQ(name.find("2g"), std::string::npos) << name;
    EXPECT_EQ(name.find("bn_g"), std::string::npos) << name;
  }
  EXPECT_EQ(all.at("model.5.conv1.ffc.convl2l.weight"), (Shape{64, 64, 3, 3}));
}

TEST(FfcResnet, ChannelsStopAtTheirBound) {
  const Architecture network = architecture({.ngf = 8, .max_features = 20});
  const auto encoder = layers<FfcLayer>(network);
  EXPECT_EQ(encoder[0].out(), 8);
  EXPECT_EQ(encoder[1].out(), 16);
  EXPECT_EQ(encoder[2].out(), 20);
  EXPECT_EQ(encoder[3].out(), 20);
  EXPECT_EQ(layers<UpsampleLayer>(network).front().in, 20);
  EXPECT_EQ(layers<UpsampleLayer>(network).front().out, 20);
}

TEST(FfcResnet, LargestConfigurationStaysWithinItsTypes) {
  const Parameters all = parameters_of(
      {.ngf = 1 << 14, .n_downsampling = 6, .n_blocks = 1000, .max_features = 1 << 14});
  for (const auto& [name, shape] : all) {
    for (const auto side : shape) EXPECT_GT(side, 0) << name;
  }
  EXPECT_GT(totals(all).trainable, std::int64_t{1} << 32);
}

TEST(FfcResnet, NoBlocksIsANetworkToo) {
  const Parameters all = parameters_of({.ngf = 4, .n_downsampling = 1, .n_blocks = 0});
  // 0 pad, 1 stem, 2 down, 3 concatenation, 4 5 6 up, 7 pad, 8 head
  EXPECT_TRUE(all.contains("model.4.weight"));
  EXPECT_EQ(all.at("model.8.weight"), (Shape{3, 4, 7, 7}));
}

}  // namespace
}  // namespace lama::internal::model

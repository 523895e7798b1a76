#include "export/computation.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <variant>

#include "base/error.h"

namespace lama::internal::exporting {
namespace {

using Kind = Operation::Kind;
using Id = std::size_t;

void refuse_if(bool condition, const std::string& what) {
  if (condition) throw Error("a network with " + what + " cannot be exported");
}

/// The two branches between FFC layers; a plain map is local.
struct Maps {
  std::optional<Id> local, global;
};

class Builder {
 public:
  explicit Builder(int input_channels) {
    operations_.push_back({.kind = Kind::input, .channels = input_channels});
    maps_.local = 0;
  }

  void add(const model::ConvolutionLayer& layer) {
    maps_ = {.local = convolution(layer, joined()), .global = {}};
  }

  void add(const model::FfcLayer& layer) { maps_ = ffc(layer, maps_); }

  void add(const model::FfcBlock& block) {
    refuse_if(block.around || block.around_layer[0] || block.around_layer[1],
              "learnable spatial transforms");
    const model::FfcLayer& first = block.layers[0];
    const bool splits = first.in_global > 0 && !maps_.global;
    const Maps x = splits ? Maps{channels(*maps_.local, 0, first.in_local),
                                 channels(*maps_.local, first.in_local, first.in_global)}
                          : maps_;
    const Maps y = ffc(block.layers[1], ffc(first, x));
    maps_ = {sum(x.local, y.local), sum(x.global, y.global)};
    if (splits) maps_ = {.local = joined(), .global = {}};
  }

  void add(const model::ConvolutionBlock& block) {
    const Id x = joined();
    const Id y = convolution(block.layers[1], convolution(block.layers[0], x));
    maps_ = {.local = sum(x, y), .global = {}};
  }

  void add(const model::UpsampleLayer& layer) {
    const Id x = joined();
    const Id y = put({.kind = Kind::transposed_convolution,
                      .inputs = {x},
                      .name = layer.name,
                      .channels = layer.out,
                      .level = operations_[x].level - 1,
                      .kernel = 3,
                      .stride = 2,
                      .bias = true});
    maps_ = {.local = relu(norm(layer.norm, y)), .global = {}};
  }

  std::vector<Operation> finish() && { return std::move(operations_); }

 private:
  Id put(Operation operation) {
    operations_.push_back(std::move(operation));
    return operations_.size() - 1;
  }

  /// An operation that keeps the size and the number of channels.
  Id put_like(Kind kind, Id x, const std::string& name = {}) {
    return put({.kind = kind,
                .inputs = {x},
                .name = name,
                .channels = operations_[x].channels,
                .level = operations_[x].level});
  }

  Id relu(Id x) { return put_like(Kind::relu, x); }

  Id norm(const model::Norm& norm, Id x) {
    if (norm.kind == model::NormKind::none) return x;
    refuse_if(norm.kind == model::NormKind::instance, "instance norms");
    refuse_if(!norm.affine, "norms that have no weights");
    return put_like(Kind::batch_norm, x, norm.name);
  }

  std::optional<Id> sum(std::optional<Id> a, std::optional<Id> b) {
    if (!a || !b) return a ? a : b;
    const Id result = put_like(Kind::add, *a);
    operations_[result].inputs.push_back(*b);
    return result;
  }

  Id channels(Id x, int first, int count) {
    const Id result = put_like(Kind::channels, x);
    operations_[result].first = first;
    operations_[result].channels = count;
    return result;
  }

  Id joined() {
    if (!maps_.global) return *maps_.local;
    if (!maps_.local) return *maps_.global;
    const Id result = put_like(Kind::concatenate, *maps_.local);
    operations_[result].inputs.push_back(*maps_.global);
    operations_[result].channels += operations_[*maps_.global].channels;
    return result;
  }

  Id convolution(Operation operation, Id x) {
    refuse_if(operation.padding == model::Padding::circular, "circular padding");
    operation.kind = Kind::convolution;
    operation.inputs = {x};
    operation.level = operations_[x].level + (operation.stride == 2 ? 1 : 0);
    return put(std::move(operation));
  }

  Id convolution(const model::ConvolutionLayer& layer, Id x) {
    refuse_if(layer.branches.size() != 1, "multidilated convolutions");
    refuse_if(layer.separable, "depthwise convolutions");
    if (layer.enlarges) {
      x = put_like(Kind::enlarge, x);
      --operations_[x].level;
    }
    const Id y = convolution({.kind = Kind::convolution,
                              .name = layer.branches[0].name,
                              .channels = layer.out,
                              .kernel = layer.kernel,
                              .stride = layer.stride,
                              .dilation = layer.branches[0].dilation,
                              .groups = layer.groups,
                              .bias = layer.bias,
                              .padding = layer.padding},
                             x);
    const Id normed = norm(layer.norm, y);
    return layer.relu ? relu(normed) : normed;
  }

  Id pointwise(const std::string& name, int out, int groups, Id x) {
    return convolution({.kind = Kind::convolution, .name = name, .channels = out, .groups = groups},
                       x);
  }

  Id spectral_transform(const model::FfcLayer& layer, const std::string& name, Id x) {
    const model::FourierUnitOptions& unit = layer.fourier_unit;
    refuse_if(layer.lfu, "local Fourier units");
    refuse_if(!(unit == model::FourierUnitOptions()), "options of the Fourier unit");
    refuse_if(layer.groups != 1, "Fourier units in groups");
    if (layer.stride == 2) {
      x = put_like(Kind::mean_pool, x);
      ++operations_[x].level;
    }
    x = pointwise(name + ".conv1.0", layer.spectral(), 1, x);
    const Id inner = relu(put_like(Kind::batch_norm, x, name + ".conv1.1"));
    const Id fourier = put_like(Kind::fourier_unit, inner, name + ".fu");
    return pointwise(name + ".conv2", layer.out_global, 1, *sum(inner, fourier));
  }

  /// Convolutions between branches; each sum passes its norm and ReLU.
  Maps ffc(const model::FfcLayer& layer, const Maps& x) {
    refuse_if(layer.gated, "gates");
    const auto between = [&](const char* name, std::optional<Id> from,
                             int out) -> std::optional<Id> {
      if (!from || out == 0) return std::nullopt;
      return convolution({.kind = Kind::convolution,
                          .name = fmt::format("{}.ffc.{}", layer.name, name),
                          .channels = out,
                          .kernel = layer.kernel,
                          .stride = layer.stride,
                          .dilation = layer.dilation,
                          .groups = layer.groups,
                          .bias = layer.bias,
                          .padding = layer.padding},
                         *from);
    };
    const auto finish = [&](const char* name, std::optional<Id> map) -> std::optional<Id> {
      if (!map) return std::nullopt;
      return relu(norm({layer.norm, layer.affine, fmt::format("{}.{}", layer.name, name)}, *map));
    };
    const auto l2l = between("convl2l", x.local, layer.out_local);
    const auto g2l = between("convg2l", x.global, layer.out_local);
    const auto l2g = between("convl2g", x.local, layer.out_global);
    std::optional<Id> g2g;
    if (x.global && layer.out_global > 0) {
      g2g = spectral_transform(layer, layer.name + ".ffc.convg2g", *x.global);
    }
    const auto local = sum(l2l, g2l), global = sum(l2g, g2g);
    return {finish("bn_l", local), finish("bn_g", global)};
  }

  std::vector<Operation> operations_;
  Maps maps_;
};

}  // namespace

std::vector<Operation> computation(const model::Architecture& architecture,
                                   const std::string& name) {
  const model::GeneratorConfig& config = architecture.config;
  try {
    refuse_if(config.missing_pixels != model::MissingPixels::zero,
              "interpolated missing pixels, such as the embedded one,");
    refuse_if(config.input_channels != 4 || config.output_channels != 3,
              "other inputs than red, green, blue and a mask, or other outputs,");
    Builder builder(config.input_channels);
    for (const model::Layer& layer : architecture.layers) {
      std::visit([&](const auto& described) { builder.add(described); }, layer);
    }
    return std::move(builder).finish();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace lama::internal::exporting

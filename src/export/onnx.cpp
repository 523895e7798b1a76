#include "export/onnx.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "export/computation.h"
#include "export/onnx_graph.h"
#include "export/onnx_transforms.h"

namespace lama::internal::exporting {
namespace onnx {
namespace {

constexpr int kMaxFixedSide = 16384;  // matrices of a transform have up to a side's square

/// Half of a spectrum in the order of these ONNX files: real parts, then imaginary parts, as
/// channels. The published order is real, imaginary, real, imaginary … along one axis of a tensor.
std::vector<float> parts_apart(std::vector<float> values, const Shape& shape, std::size_t axis) {
  std::size_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(shape[i]);
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= static_cast<std::size_t>(shape[i]);
  const auto length = static_cast<std::size_t>(shape[axis]);
  std::vector<float> result(values.size());
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t to = i / 2 + i % 2 * (length / 2);
      for (std::size_t k = 0; k < inner; ++k) {
        result[(o * length + to) * inner + k] = values[(o * length + i) * inner + k];
      }
    }
  }
  return result;
}

/// A whole generator as a graph.
class Network {
 public:
  Network(const weights::ModelFile& model, std::optional<PictureSize> fixed)
      : tensors_(*model.tensors), fixed_(fixed), transforms_(make_transforms(graph_, fixed)) {
    for (const auto& parameter : model::parameters(model.network)) {
      shapes_[parameter.name] = parameter.shape;
    }
    operations_ = computation(model.network, model.name);
    build(model.network.config.output_activation);
  }

  const Graph& made() const { return graph_; }

 private:
  Name parameter(const Name& name) {
    return graph_.constant(name, shapes_.at(name), [this, name] { return tensors_.read(name); });
  }

  /// A parameter of the Fourier unit, whose channels have another order in ONNX.
  Name parameter_apart(const Name& name) {
    const Shape& shape = shapes_.at(name);
    return graph_.constant(name, shape, [this, name, shape] {
      std::vector<float> values = parts_apart(tensors_.read(name), shape, 0);
      return shape.size() > 1 ? parts_apart(std::move(values), shape, 1) : values;
    });
  }

  // The operations of computation.h.

  Name convolution(const Operation& operation, Name x) {
    const int around = operation.around();
    const bool extends = operation.extends();
    if (extends) {
      const bool reflects = operation.padding == model::Padding::reflect;
      x = graph_.add("Pad", {x, graph_.list({0, 0, around, around, 0, 0, around, around})},
                     {text("mode", reflects ? "reflect" : "edge")});
    }
    const int pad = extends ? 0 : around;
    Names inputs = {x, parameter(operation.name + ".weight")};
    if (operation.bias) inputs.push_back(parameter(operation.name + ".bias"));
    return graph_.add("Conv", inputs,
                      {integers("kernel_shape", {operation.kernel, operation.kernel}),
                       integers("strides", {operation.stride, operation.stride}),
                       integers("pads", {pad, pad, pad, pad}),
                       integers("dilations", {operation.dilation, operation.dilation}),
                       integer("group", operation.groups)});
  }

  Name transposed(const Operation& operation, const Name& x) {
    return graph_.add(
        "ConvTranspose",
        {x, parameter(operation.name + ".weight"), parameter(operation.name + ".bias")},
        {integers("kernel_shape", {3, 3}), integers("strides", {2, 2}),
         integers("pads", {1, 1, 1, 1}), integers("output_padding", {1, 1})});
  }

  /// The factors of Resize, of each axis.
  Name twice() {
    return graph_.constant("twice", {4}, [] { return std::vector<float>{1, 1, 2, 2}; });
  }

  template <typename Parameter>
  Name batch_norm(const Name& name, const Name& x, const Parameter& parameter) {
    return graph_.add("BatchNormalization",
                      {x, parameter(name + ".weight"), parameter(name + ".bias"),
                       parameter(name + ".running_mean"), parameter(name + ".running_var")},
                      {real("epsilon", 1e-5F)});
  }

  Name run(const Operation& operation, const Names& maps) {
    using Kind = Operation::Kind;
    Names inputs;
    for (const std::size_t input : operation.inputs) inputs.push_back(maps[input]);
    switch (operation.kind) {
      case Kind::input:
        return network_input();
      case Kind::convolution:
        return convolution(operation, inputs[0]);
      case Kind::transposed_convolution:
        return transposed(operation, inputs[0]);
      case Kind::batch_norm:
        return batch_norm(operation.name, inputs[0],
                          [this](const Name& name) { return parameter(name); });
      case Kind::relu:
        return graph_.add("Relu", inputs);
      case Kind::add:
        return graph_.add("Add", inputs);
      case Kind::concatenate:
        return graph_.add("Concat", inputs, {integer("axis", 1)});
      case Kind::channels:
        return graph_.slice(inputs[0], 1, operation.first, operation.first + operation.channels);
      case Kind::mean_pool:
        return graph_.add("AveragePool", inputs,
                          {integers("kernel_shape", {2, 2}), integers("strides", {2, 2})});
      case Kind::enlarge:
        return graph_.add(
            "Resize", {inputs[0], "", twice()},
            {text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel")});
      case Kind::fourier_unit:
        return fourier_unit(operation, inputs[0]);
    }
    return {};
  }

  Name fourier_unit(const Operation& operation, const Name& x) {
    const Name spectrum = transforms_->spectrum(operation, x);
    const Name convolved =
        graph_.add("Conv", {spectrum, parameter_apart(operation.name + ".conv_layer.weight")},
                   {integers("kernel_shape", {1, 1})});
    const Name result = graph_.add(
        "Relu", {batch_norm(operation.name + ".bn", convolved,
                            [this](const Name& name) { return parameter_apart(name); })});
    const std::int64_t channels = operation.channels;
    const Name re = graph_.slice(result, 1, 0, channels),
               im = graph_.slice(result, 1, channels, 2 * channels);
    return transforms_->inverse(operation, re, im);
  }

  // The operations around the generator.

  Name network_input() {
    const Name known = graph_.add("Sub", {graph_.number(1.0F), "mask"});
    masked_ = graph_.add("Mul", {"image", known});
    return graph_.add("Concat", {masked_, "mask"}, {integer("axis", 1)});
  }

  std::vector<Message> sides(int channels) const {
    return {Graph::side(1), Graph::side(channels),
            fixed_ ? Graph::side(fixed_->height) : Graph::side("height"),
            fixed_ ? Graph::side(fixed_->width) : Graph::side("width")};
  }

  void build(model::OutputActivation activation) {
    graph_.add_input("image", sides(3));
    graph_.add_input("mask", sides(1));
    Names maps;
    maps.reserve(operations_.size());
    for (const Operation& operation : operations_) maps.push_back(run(operation, maps));
    Name picture = maps.back();
    if (activation == model::OutputActivation::sigmoid) picture = graph_.add("Sigmoid", {picture});
    if (activation == model::OutputActivation::tanh) picture = graph_.add("Tanh", {picture});
    const Name filled = graph_.add("Add", {graph_.add("Mul", {picture, "mask"}), masked_});
    const Name scaled = graph_.add("Mul", {filled, graph_.number(255.0F)});
    // Between 0 and 255. Debian 12's OpenCV has no Clip of this opset.
    const Name below = graph_.add(
        "Relu", {graph_.add("Sub", {graph_.number(255.0F), graph_.add("Relu", {scaled})})});
    graph_.add("Sub", {graph_.number(255.0F), below}, {}, "output");
    graph_.add_output("output", sides(3));
  }

  const weights::TensorFile& tensors_;
  std::optional<PictureSize> fixed_;
  Graph graph_;
  std::unique_ptr<Transforms> transforms_;
  std::map<std::string, Shape> shapes_;
  std::vector<Operation> operations_;
  Name masked_;
};

void check_size(const weights::ModelFile& model, const PictureSize& size) {
  const model::InputSizes sizes = model::input_sizes(model.network);
  const auto fits = [&](int side) {
    return side % sizes.multiple == 0 && side >= sizes.least && side <= kMaxFixedSide;
  };
  if (!fits(size.width) || !fits(size.height)) {
    throw Error(fmt::format(
        "{}: cannot be exported for {} x {}: sides must be multiples of {}, "
        "from {} to {}",
        model.name, size.width, size.height, sizes.multiple, sizes.least, kMaxFixedSide));
  }
}

}  // namespace
}  // namespace onnx

void write_onnx(const weights::ModelFile& model, const std::filesystem::path& path,
                std::optional<PictureSize> fixed, const std::function<void()>& before_each) {
  if (fixed) onnx::check_size(model, *fixed);
  onnx::Network(model, fixed).made().write(path, before_each);
}

}  // namespace lama::internal::exporting

#include "export/onnx.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "export/computation.h"
#include "export/protobuf.h"

namespace lama::internal::exporting {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

using model::Shape;
using Name = std::string;
using Names = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;

// Field numbers and types of onnx.proto3.
enum ModelField { ir_version = 1, producer_name = 2, graph = 7, opset_import = 8 };
enum GraphField { node = 1, graph_name = 2, initializer = 5, graph_input = 11, graph_output = 12 };
enum NodeField { node_input = 1, node_output = 2, node_name = 3, op_type = 4, attribute = 5 };
enum TensorField { dims = 1, data_type = 2, tensor_name = 8, raw_data = 9 };
constexpr int kFloat = 1, kInt64 = 7;
constexpr int kOpset = 17, kIrVersion = 8;
constexpr int kMaxFixedSide = 16384;  // matrices of a transform have up to a side's square

Message attribute_named(std::string_view name, int type) {
  Message result;
  result.text(1, name).integer(20, type);
  return result;
}
Message real(std::string_view name, float value) { return attribute_named(name, 1).real(2, value); }
Message integer(std::string_view name, std::int64_t value) {
  return attribute_named(name, 2).integer(3, value);
}
Message text(std::string_view name, std::string_view value) {
  return attribute_named(name, 3).text(4, value);
}
Message integers(std::string_view name, const Integers& values) {
  Message result = attribute_named(name, 7);
  for (const std::int64_t value : values) result.integer(8, value);
  return result;
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A TensorProto whose values are computed when they are written.
struct Initializer {
  Message head;
  std::uint64_t bytes;
  std::function<std::vector<float>()> values;

  Message before_values() const {
    Message result = head;
    return result.length(raw_data, bytes);
  }
};

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

/// cos and sin of 2 pi row column / n, exact at quarters of a turn.
std::pair<double, double> turn(std::int64_t row, std::int64_t column, std::int64_t n) {
  const std::int64_t k = row * column % n;
  if (4 * k % n == 0) {
    constexpr double kCosines[] = {1, 0, -1, 0}, kSines[] = {0, 1, 0, -1};
    return {kCosines[4 * k / n], kSines[4 * k / n]};
  }
  const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
  return {std::cos(angle), std::sin(angle)};
}

class Graph {
 public:
  Graph(const weights::ModelFile& model, std::optional<PictureSize> fixed,
        const std::function<void()>& before_each)
      : tensors_(*model.tensors), fixed_(fixed), before_each_(before_each) {
    for (const auto& parameter : model::parameters(model.network)) {
      shapes_[parameter.name] = parameter.shape;
    }
    operations_ = computation(model.network, model.name);
    build(model.network.config.output_activation);
  }

  void write(const std::filesystem::path& path) const {
    AtomicFile file(path);
    const auto put = [&file](std::string_view bytes) { file.write(as_bytes(bytes)); };
    std::uint64_t size = graph_.bytes().size();
    for (const Initializer& tensor : initializers_) {
      const std::uint64_t length = tensor.before_values().bytes().size() + tensor.bytes;
      size += Message().length(initializer, length).bytes().size() + length;
    }
    put(Message()
            .integer(ir_version, kIrVersion)
            .text(producer_name, "lama")
            .message(opset_import, Message().text(1, "").integer(2, kOpset))
            .length(graph, size)
            .bytes());
    put(graph_.bytes());
    for (const Initializer& tensor : initializers_) {
      if (before_each_) before_each_();
      const Message before = tensor.before_values();
      put(Message().length(initializer, before.bytes().size() + tensor.bytes).bytes());
      put(before.bytes());
      put(bytes_of(tensor.values()));
    }
    file.commit();
  }

 private:
  // Nodes and constants.

  Name add(std::string_view type, const Names& inputs, const std::vector<Message>& attributes = {},
           Name output = {}) {
    if (output.empty()) output = fmt::format("v{}", ++count_);
    Message message;
    for (const Name& input : inputs) message.text(node_input, input);
    message.text(node_output, output).text(node_name, output).text(op_type, type);
    for (const Message& one : attributes) message.message(attribute, one);
    graph_.message(node, message);
    return output;
  }

  Name list(const Integers& values, bool scalar = false) {
    Name name = fmt::format("{}i{}", scalar ? "scalar_" : "", fmt::join(values, "_"));
    if (!known_.insert(name).second) return name;
    Message tensor;
    if (!scalar) tensor.integer(dims, static_cast<std::int64_t>(values.size()));
    tensor.integer(data_type, kInt64).text(tensor_name, name).text(raw_data, bytes_of(values));
    graph_.message(initializer, tensor);
    return name;
  }

  Name index(std::int64_t value) { return list({value}, true); }

  Name constant(const Name& name, const Shape& shape, std::function<std::vector<float>()> values) {
    if (!known_.insert(name).second) return name;
    Message head;
    for (const std::int64_t side : shape) head.integer(dims, side);
    head.integer(data_type, kFloat).text(tensor_name, name);
    initializers_.push_back({std::move(head), weights::element_count(shape).value() * sizeof(float),
                             std::move(values)});
    return name;
  }

  Name number(float value) {
    return constant(fmt::format("f{}", value), {}, [value] { return std::vector{value}; });
  }

  Name parameter(const Name& name) {
    return constant(name, shapes_.at(name), [this, name] { return tensors_.read(name); });
  }

  /// A parameter of the Fourier unit, whose channels have another order in ONNX.
  Name parameter_apart(const Name& name) {
    const Shape& shape = shapes_.at(name);
    return constant(name, shape, [this, name, shape] {
      std::vector<float> values = parts_apart(tensors_.read(name), shape, 0);
      return shape.size() > 1 ? parts_apart(std::move(values), shape, 1) : values;
    });
  }

  Name slice(const Name& x, std::int64_t axis, std::int64_t first, std::int64_t end) {
    return add("Slice", {x, list({first}), list({end}), list({axis})});
  }

  // The operations of computation.h.

  Name convolution(const Operation& operation, Name x) {
    const int around = operation.dilation * (operation.kernel / 2);
    const bool mirrors = operation.padding != model::Padding::zero && around > 0;
    if (mirrors) {
      const bool reflects = operation.padding == model::Padding::reflect;
      x = add("Pad", {x, list({0, 0, around, around, 0, 0, around, around})},
              {text("mode", reflects ? "reflect" : "edge")});
    }
    const int pad = mirrors ? 0 : around;
    Names inputs = {x, parameter(operation.name + ".weight")};
    if (operation.bias) inputs.push_back(parameter(operation.name + ".bias"));
    return add("Conv", inputs,
               {integers("kernel_shape", {operation.kernel, operation.kernel}),
                integers("strides", {operation.stride, operation.stride}),
                integers("pads", {pad, pad, pad, pad}),
                integers("dilations", {operation.dilation, operation.dilation}),
                integer("group", operation.groups)});
  }

  Name transposed(const Operation& operation, const Name& x) {
    return add("ConvTranspose",
               {x, parameter(operation.name + ".weight"), parameter(operation.name + ".bias")},
               {integers("kernel_shape", {3, 3}), integers("strides", {2, 2}),
                integers("pads", {1, 1, 1, 1}), integers("output_padding", {1, 1})});
  }

  /// The factors of Resize, of each axis.
  Name twice() {
    return constant("twice", {4}, [] { return std::vector<float>{1, 1, 2, 2}; });
  }

  template <typename Parameter>
  Name batch_norm(const Name& name, const Name& x, const Parameter& parameter) {
    return add("BatchNormalization",
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
        return add("Relu", inputs);
      case Kind::add:
        return add("Add", inputs);
      case Kind::concatenate:
        return add("Concat", inputs, {integer("axis", 1)});
      case Kind::channels:
        return slice(inputs[0], 1, operation.first, operation.first + operation.channels);
      case Kind::mean_pool:
        return add("AveragePool", inputs,
                   {integers("kernel_shape", {2, 2}), integers("strides", {2, 2})});
      case Kind::enlarge:
        return add("Resize", {inputs[0], "", twice()},
                   {text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel")});
      case Kind::fourier_unit:
        return fourier_unit(operation, inputs[0]);
    }
    return {};
  }

  Name fourier_unit(const Operation& operation, const Name& x) {
    const Name spectrum =
        fixed_ ? spectrum_by_products(operation, x) : spectrum_by_dft(operation, x);
    const Name convolved =
        add("Conv", {spectrum, parameter_apart(operation.name + ".conv_layer.weight")},
            {integers("kernel_shape", {1, 1})});
    const Name result =
        add("Relu", {batch_norm(operation.name + ".bn", convolved,
                                [this](const Name& name) { return parameter_apart(name); })});
    const std::int64_t channels = operation.channels;
    const Name re = slice(result, 1, 0, channels), im = slice(result, 1, channels, 2 * channels);
    return fixed_ ? inverse_by_products(operation, re, im) : inverse_by_dft(operation, re, im);
  }

  // Transforms by the standard's operator. A complex map has a fifth axis: real, imaginary.

  /// Sizes of the maps at a level, and values derived from them.
  struct Sizes {
    Name width;    ///< a scalar
    Name bins;     ///< number of kept bins of a row, as a list
    Name forward;  ///< 1 / sqrt(H W)
    /// For each kept bin of a row: sqrt(H W), twice that between the bins 0 and W/2, because the
    /// dropped bins are their complex conjugates.
    Name back;
  };

  const Sizes& sizes_like(const Operation& operation, const Name& x) {
    const auto [found, is_new] = sizes_.try_emplace(operation.level);
    if (!is_new) return found->second;
    const Name shape = add("Shape", {x});
    const Name height = add("Gather", {shape, index(2)});
    const Name width = add("Gather", {shape, index(3)});
    const Name pixels = add("Cast", {add("Mul", {height, width})}, {integer("to", kFloat)});
    const Name root = add("Sqrt", {pixels});
    const Name one = index(1), two = index(2), none = index(0);
    const Name bins = add("Add", {add("Div", {width, two}), one});
    const Name bin = add("Range", {none, bins, one});
    // 2 bin mod W is 0 for the bins 0 and W/2.
    const Name edge = add("Equal", {add("Mod", {add("Mul", {bin, two}), width}), none});
    const Name weights = add("Where", {edge, root, add("Add", {root, root})});
    found->second = {width, add("Unsqueeze", {bins, list({0})}), add("Div", {number(1.0F), root}),
                     add("Unsqueeze", {weights, list({1})})};
    return found->second;
  }

  Name spectrum_by_dft(const Operation& operation, const Name& x) {
    const Sizes& sizes = sizes_like(operation, x);
    const Name scaled = add("Mul", {x, sizes.forward});
    // Complex numbers throughout: OpenVINO has no DFT of real numbers.
    const Name complex =
        add("Pad", {add("Unsqueeze", {scaled, list({4})}), list({0, 0, 0, 0, 0, 0, 0, 0, 0, 1})});
    const Name across = add("DFT", {complex}, {integer("axis", 3)});
    const Name kept = add("Slice", {across, list({0}), sizes.bins, list({3})});
    const Name down = add("DFT", {kept}, {integer("axis", 2)});
    const Name re = add("Gather", {down, index(0)}, {integer("axis", 4)});
    const Name im = add("Gather", {down, index(1)}, {integer("axis", 4)});
    return add("Concat", {re, im}, {integer("axis", 1)});
  }

  Name inverse_by_dft(const Operation& operation, const Name& re, const Name& im) {
    const Sizes& sizes = sizes_like(operation, re);
    const Name complex =
        add("Concat", {add("Unsqueeze", {re, list({4})}), add("Unsqueeze", {im, list({4})})},
            {integer("axis", 4)});
    const Name down = add("DFT", {complex}, {integer("axis", 2), integer("inverse", 1)});
    const Name weighted = add("Mul", {down, sizes.back});
    // Longer than its input: the rest is zeros.
    const Name across =
        add("DFT", {weighted, sizes.width}, {integer("axis", 3), integer("inverse", 1)});
    return add("Gather", {across, index(0)}, {integer("axis", 4)});
  }

  // Transforms as products with matrices on the right. Rows are transformed in place, columns after
  // a transposition; between the two transforms spectra stay transposed.

  std::int64_t height(const Operation& operation) const {
    return fixed_->height >> operation.level;
  }
  std::int64_t width(const Operation& operation) const { return fixed_->width >> operation.level; }
  static std::int64_t bins(std::int64_t width) { return width / 2 + 1; }

  /// A matrix with this cell at each row and column.
  template <typename Cell>
  Name matrix(const Name& name, std::int64_t rows, std::int64_t columns, const Cell& cell) {
    return constant(name, {rows, columns}, [rows, columns, cell] {
      std::vector<float> values;
      values.reserve(static_cast<std::size_t>(rows * columns));
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < columns; ++column) {
          values.push_back(static_cast<float>(cell(row, column)));
        }
      }
      return values;
    });
  }

  Name transpose(const Name& x) { return add("Transpose", {x}, {integers("perm", {0, 1, 3, 2})}); }

  /// cos beside sin, for the columns.
  Name column_matrix(std::int64_t n) {
    const double scale = 1 / std::sqrt(static_cast<double>(n));
    return matrix(fmt::format("columns_{}", n), n, 2 * n, [=](auto row, auto column) {
      const auto [cosine, sine] = turn(row, column % n, n);
      return (column < n ? cosine : sine) * scale;
    });
  }

  /// (re + i im) (cos + i sign sin) of two maps, one below the other, bins x n each.
  std::pair<Name, Name> columns_transformed(const Name& both, std::int64_t bins, std::int64_t n,
                                            bool inverse) {
    const Name products = add("MatMul", {both, column_matrix(n)});
    const Name re = slice(products, 2, 0, bins), im = slice(products, 2, bins, 2 * bins);
    const Name re_cos = slice(re, 3, 0, n), re_sin = slice(re, 3, n, 2 * n);
    const Name im_cos = slice(im, 3, 0, n), im_sin = slice(im, 3, n, 2 * n);
    return inverse ? std::pair(add("Sub", {re_cos, im_sin}), add("Add", {im_cos, re_sin}))
                   : std::pair(add("Add", {re_cos, im_sin}), add("Sub", {im_cos, re_sin}));
  }

  Name spectrum_by_products(const Operation& operation, const Name& x) {
    const std::int64_t w = width(operation), kept = bins(w);
    const double scale = 1 / std::sqrt(static_cast<double>(w));
    const Name rows = matrix(fmt::format("rows_{}", w), w, 2 * kept, [=](auto row, auto column) {
      const auto [cosine, sine] = turn(row, column % kept, w);
      return (column < kept ? cosine : -sine) * scale;
    });
    const Name across = transpose(add("MatMul", {x, rows}));
    const auto [re, im] = columns_transformed(across, kept, height(operation), false);
    return add("Concat", {re, im}, {integer("axis", 1)});
  }

  Name inverse_by_products(const Operation& operation, const Name& re, const Name& im) {
    const std::int64_t w = width(operation), kept = bins(w);
    const Name both = add("Concat", {re, im}, {integer("axis", 2)});
    const auto [down_re, down_im] = columns_transformed(both, kept, height(operation), true);
    const Name down = transpose(add("Concat", {down_re, down_im}, {integer("axis", 2)}));
    const double scale = 1 / std::sqrt(static_cast<double>(w));
    const Name rows =
        matrix(fmt::format("rows_back_{}", w), 2 * kept, w, [=](auto row, auto column) {
          const std::int64_t bin = row % kept;
          const auto [cosine, sine] = turn(bin, column, w);
          const double weight = 2 * bin % w == 0 ? scale : 2 * scale;
          // The imaginary parts of the bins 0 and W/2 do not count.
          return row < kept ? cosine * weight : (2 * bin % w == 0 ? 0 : -sine * weight);
        });
    return add("MatMul", {down, rows});
  }

  // The operations around the generator.

  Name network_input() {
    const Name known = add("Sub", {number(1.0F), "mask"});
    masked_ = add("Mul", {"image", known});
    return add("Concat", {masked_, "mask"}, {integer("axis", 1)});
  }

  void describe(GraphField field, const Name& name, int channels) {
    Message shape;
    const auto side = [&](const char* dynamic, int fixed) {
      shape.message(1, fixed_ ? Message().integer(1, fixed) : Message().text(2, dynamic));
    };
    shape.message(1, Message().integer(1, 1)).message(1, Message().integer(1, channels));
    side("height", fixed_ ? fixed_->height : 0);
    side("width", fixed_ ? fixed_->width : 0);
    const Message tensor = Message().integer(1, kFloat).message(2, shape);
    graph_.message(field, Message().text(1, name).message(2, Message().message(1, tensor)));
  }

  void build(model::OutputActivation activation) {
    graph_.text(graph_name, "lama");
    describe(graph_input, "image", 3);
    describe(graph_input, "mask", 1);
    Names maps;
    maps.reserve(operations_.size());
    for (const Operation& operation : operations_) maps.push_back(run(operation, maps));
    Name picture = maps.back();
    if (activation == model::OutputActivation::sigmoid) picture = add("Sigmoid", {picture});
    if (activation == model::OutputActivation::tanh) picture = add("Tanh", {picture});
    const Name filled = add("Add", {add("Mul", {picture, "mask"}), masked_});
    const Name scaled = add("Mul", {filled, number(255.0F)});
    // Between 0 and 255. Debian 12's OpenCV has no Clip of this opset.
    const Name below = add("Relu", {add("Sub", {number(255.0F), add("Relu", {scaled})})});
    add("Sub", {number(255.0F), below}, {}, "output");
    describe(graph_output, "output", 3);
  }

  const weights::TensorFile& tensors_;
  std::optional<PictureSize> fixed_;
  const std::function<void()>& before_each_;
  std::map<std::string, Shape> shapes_;
  std::vector<Operation> operations_;
  Message graph_;
  std::vector<Initializer> initializers_;
  std::set<Name> known_;
  std::map<int, Sizes> sizes_;
  Name masked_;
  int count_ = 0;
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

void write_onnx(const weights::ModelFile& model, const std::filesystem::path& path,
                std::optional<PictureSize> fixed, const std::function<void()>& before_each) {
  if (fixed) check_size(model, *fixed);
  Graph(model, fixed, before_each).write(path);
}

}  // namespace lama::internal::exporting

#include "export/onnx_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <span>
#include <utility>

#include "base/file.h"
#include "weights/tensor_file.h"

namespace lama::internal::exporting::onnx {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

// Field numbers and types of onnx.proto3.
enum ModelField { ir_version = 1, producer_name = 2, graph = 7, opset_import = 8 };
enum GraphField { node = 1, graph_name = 2, initializer = 5, graph_input = 11, graph_output = 12 };
enum NodeField { node_input = 1, node_output = 2, node_name = 3, op_type = 4, attribute = 5 };
enum TensorField { dims = 1, data_type = 2, tensor_name = 8, raw_data = 9 };
constexpr int kOpset = 17, kIrVersion = 8;

Message attribute_named(std::string_view name, int type) {
  Message result;
  result.text(1, name).integer(20, type);
  return result;
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

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

Graph::Graph() { graph_.text(graph_name, "lama"); }

Message Graph::Initializer::before_values() const {
  Message result = head;
  return result.length(raw_data, bytes);
}

Name Graph::add(std::string_view type, const Names& inputs, const std::vector<Message>& attributes,
                Name output) {
  if (output.empty()) output = fmt::format("v{}", ++count_);
  Message message;
  for (const Name& input : inputs) message.text(node_input, input);
  message.text(node_output, output).text(node_name, output).text(op_type, type);
  for (const Message& one : attributes) message.message(attribute, one);
  graph_.message(node, message);
  return output;
}

Name Graph::whole_numbers(const Integers& values, bool scalar) {
  Name name = fmt::format("{}i{}", scalar ? "scalar_" : "", fmt::join(values, "_"));
  if (!known_.insert(name).second) return name;
  Message tensor;
  if (!scalar) tensor.integer(dims, static_cast<std::int64_t>(values.size()));
  tensor.integer(data_type, kInt64).text(tensor_name, name).text(raw_data, bytes_of(values));
  graph_.message(initializer, tensor);
  return name;
}

Name Graph::constant(const Name& name, const Shape& shape,
                     std::function<std::vector<float>()> values) {
  if (!known_.insert(name).second) return name;
  Message head;
  for (const std::int64_t side : shape) head.integer(dims, side);
  head.integer(data_type, kFloat).text(tensor_name, name);
  initializers_.push_back(
      {std::move(head), weights::element_count(shape).value() * sizeof(float), std::move(values)});
  return name;
}

Name Graph::number(float value) {
  return constant(fmt::format("f{}", value), {}, [value] { return std::vector{value}; });
}

Name Graph::slice(const Name& x, std::int64_t axis, std::int64_t first, std::int64_t end) {
  return add("Slice", {x, list({first}), list({end}), list({axis})});
}

void Graph::describe(int field, const Name& name, const std::vector<Message>& sides) {
  Message shape;
  for (const Message& side : sides) shape.message(1, side);
  const Message tensor = Message().integer(1, kFloat).message(2, shape);
  graph_.message(field, Message().text(1, name).message(2, Message().message(1, tensor)));
}

void Graph::add_input(const Name& name, const std::vector<Message>& sides) {
  describe(graph_input, name, sides);
}

void Graph::add_output(const Name& name, const std::vector<Message>& sides) {
  describe(graph_output, name, sides);
}

void Graph::write(const std::filesystem::path& path,
                  const std::function<void()>& before_each) const {
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
    if (before_each) before_each();
    const Message before = tensor.before_values();
    put(Message().length(initializer, before.bytes().size() + tensor.bytes).bytes());
    put(before.bytes());
    put(bytes_of(tensor.values()));
  }
  file.commit();
}

}  // namespace lama::internal::exporting::onnx

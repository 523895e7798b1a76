// An ONNX file's graph: nodes, constants, inputs and outputs. For the .cpp files of this room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "export/protobuf.h"
#include "model/architecture.h"

namespace lama::internal::exporting::onnx {

using model::Shape;
using Name = std::string;  ///< of a node's result or of a constant
using Names = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;

// Attributes of nodes.
Message real(std::string_view name, float value);
Message integer(std::string_view name, std::int64_t value);
Message text(std::string_view name, std::string_view value);
Message integers(std::string_view name, const Integers& values);

constexpr int kFloat = 1, kInt64 = 7;  ///< types of onnx.proto3

class Graph {
 public:
  Graph();

  /// Adds a node. Returns the name of its result: `output`, or a new one.
  Name add(std::string_view type, const Names& inputs, const std::vector<Message>& attributes = {},
           Name output = {});

  // Constants. A name that exists already keeps its value.
  Name list(const Integers& values) { return whole_numbers(values, false); }
  Name index(std::int64_t value) { return whole_numbers({value}, true); }
  Name number(float value);
  /// Of floats, which `values` computes when the file is written.
  Name constant(const Name& name, const Shape& shape, std::function<std::vector<float>()> values);

  /// Some of `x` along an axis.
  Name slice(const Name& x, std::int64_t axis, std::int64_t first, std::int64_t end);

  /// A side of an input or output: a number, or a name if it differs from run to run.
  static Message side(std::int64_t size) { return Message().integer(1, size); }
  static Message side(std::string_view name) { return Message().text(2, name); }
  void add_input(const Name& name, const std::vector<Message>& sides);
  void add_output(const Name& name, const std::vector<Message>& sides);

  /// Calls `before_each` before each constant of floats, if it is set.
  void write(const std::filesystem::path& path, const std::function<void()>& before_each) const;

 private:
  /// A TensorProto whose values are computed when they are written.
  struct Initializer {
    Message head;
    std::uint64_t bytes;
    std::function<std::vector<float>()> values;

    Message before_values() const;
  };

  Name whole_numbers(const Integers& values, bool scalar);
  void describe(int field, const Name& name, const std::vector<Message>& sides);

  Message graph_;
  std::vector<Initializer> initializers_;
  std::set<Name> known_;
  int count_ = 0;
};

}  // namespace lama::internal::exporting::onnx

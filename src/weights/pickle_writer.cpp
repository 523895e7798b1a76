#include "weights/pickle_writer.h"

#include <bit>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/bytes.h"

namespace lama::internal::weights {
namespace {

std::string_view storage_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "FloatStorage";
    case DType::i64:
      return "LongStorage";
    case DType::u8:
      return "ByteStorage";
    default:
      throw std::logic_error("a dtype that no checkpoint holds");
  }
}

}  // namespace

PickleWriter::PickleWriter() : bytes_{0x80, 2} {}

void PickleWriter::integer(std::int64_t value) {
  if (value >= std::numeric_limits<std::int32_t>::min() &&
      value <= std::numeric_limits<std::int32_t>::max()) {
    put('J');
    append_little_endian(bytes_, static_cast<std::uint64_t>(value), 4);
  } else {
    put("\x8a\x08");
    append_little_endian(bytes_, static_cast<std::uint64_t>(value), 8);
  }
}

void PickleWriter::real(double value) {
  put('G');
  append_big_endian(bytes_, std::bit_cast<std::uint64_t>(value), 8);
}

void PickleWriter::text(std::string_view value) {
  put('X');
  append_little_endian(bytes_, value.size(), 4);
  put(value);
}

void PickleWriter::begin_dictionary() { put("}("); }

void PickleWriter::begin_ordered_dictionary() {
  global("collections", "OrderedDict");
  put(")R(");
}

void PickleWriter::begin_object(std::string_view module, std::string_view name) {
  global(module, name);
  put(")\x81}(");
}

void PickleWriter::begin_list() { put("]("); }

void PickleWriter::global(std::string_view module, std::string_view name) {
  put('c');
  put(module);
  put('\n');
  put(name);
  put('\n');
}

void PickleWriter::tensor(DType dtype, const Shape& shape, std::string_view key) {
  // torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
  global("torch._utils", "_rebuild_tensor_v2");
  begin_tuple();
  begin_tuple();
  text("storage");
  global("torch", storage_name(dtype));
  text(key);
  text("cpu");
  integer(static_cast<std::int64_t>(element_count(shape).value()));
  end_tuple();
  put('Q');
  integer(0);
  begin_tuple();
  for (const std::int64_t side : shape) integer(side);
  end_tuple();
  std::int64_t below = 1;
  Shape strides(shape.size());
  for (std::size_t i = shape.size(); i-- > 0; below *= shape[i]) strides[i] = below;
  begin_tuple();
  for (const std::int64_t stride : strides) integer(stride);
  end_tuple();
  boolean(false);
  global("collections", "OrderedDict");
  put(")R");  // with nothing in it: torch.jit.load accepts no more
  end_tuple();
  put('R');
}

std::vector<std::uint8_t> PickleWriter::finish() {
  put('.');
  return std::move(bytes_);
}

}  // namespace lama::internal::weights

#include "weights/tensor_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/float16.h"

namespace lama::internal::weights {
namespace {

template <typename Bits>
Bits load(const std::uint8_t* source, std::size_t i) {
  Bits bits;
  std::memcpy(&bits, source + i * sizeof bits, sizeof bits);
  return bits;
}

}  // namespace

static_assert(std::endian::native == std::endian::little,
              "tensor files are little-endian; reading them elsewhere needs byte swaps");

std::size_t bytes_per_element(DType dtype) {
  switch (dtype) {
    case DType::f64:
    case DType::i64:
      return 8;
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
      return 2;
    case DType::i8:
    case DType::u8:
    case DType::boolean:
      return 1;
  }
  return 0;
}

bool is_floating(DType dtype) {
  return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

std::string_view name(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return "float64";
    case DType::f32:
      return "float32";
    case DType::f16:
      return "float16";
    case DType::bf16:
      return "bfloat16";
    case DType::i64:
      return "int64";
    case DType::i32:
      return "int32";
    case DType::i16:
      return "int16";
    case DType::i8:
      return "int8";
    case DType::u8:
      return "uint8";
    case DType::boolean:
      return "bool";
  }
  return "";
}

std::optional<std::size_t> element_count(const Shape& shape) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 48;
  std::uint64_t count = 1;
  bool empty = false;
  for (const std::int64_t side : shape) {
    if (side < 0 || static_cast<std::uint64_t>(side) > kLimit) return std::nullopt;
    if (side == 0) {
      empty = true;
      continue;
    }
    if (count > kLimit / static_cast<std::uint64_t>(side)) return std::nullopt;
    count *= static_cast<std::uint64_t>(side);
  }
  return empty ? 0 : count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

void to_float(DType dtype, const std::uint8_t* source, std::size_t count, float* target) {
  switch (dtype) {
    case DType::f32:
      if (count > 0) std::memcpy(target, source, count * sizeof(float));
      break;
    case DType::f64:
      for (std::size_t i = 0; i < count; ++i) {
        target[i] = static_cast<float>(load<double>(source, i));
      }
      break;
    case DType::f16:
      for (std::size_t i = 0; i < count; ++i) {
        target[i] = float_from_half(load<std::uint16_t>(source, i));
      }
      break;
    case DType::bf16:
      for (std::size_t i = 0; i < count; ++i) {
        target[i] = float_from_bf16(load<std::uint16_t>(source, i));
      }
      break;
    default:
      break;  // callers ask is_floating first
  }
}

std::vector<float> TensorFile::read(const std::string& tensor) const {
  std::vector<float> values = load(tensor);
  for (const float value : values) {
    if (!std::isfinite(value)) {
      throw Error(fmt::format("{}: tensor {} holds {}: the file is damaged or its training failed",
                              name_, tensor, value));
    }
  }
  return values;
}

}  // namespace lama::internal::weights

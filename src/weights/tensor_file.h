// A file of named tensors, whatever its format.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/architecture.h"

namespace lama::internal::weights {

using model::Shape;

enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::size_t bytes_per_element(DType dtype);
bool is_floating(DType dtype);
std::string_view name(DType dtype);  ///< "float32", as people say it

/// The number of elements of `shape`, or nothing if a side is negative or the product does not fit
/// in 48 bits (more than any memory this program can address).
std::optional<std::size_t> element_count(const Shape& shape);

std::string to_string(const Shape& shape);  ///< "[64, 4, 7, 7]"

/// Converts `count` elements (possibly unaligned) of a floating dtype to float32.
void to_float(DType dtype, const std::uint8_t* source, std::size_t count, float* target);

struct TensorInfo {
  DType dtype;
  Shape shape;
};

/// Thread-safety: const functions may run at the same time.
class TensorFile {
 public:
  virtual ~TensorFile() = default;
  TensorFile(const TensorFile&) = delete;
  TensorFile& operator=(const TensorFile&) = delete;

  const std::string& name() const { return name_; }  ///< the file's name, for errors

  /// The tensors of the file, by name. Nothing is loaded for this.
  const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }

  /// The elements of a floating-point tensor in row-major order, as float32. Only this tensor is
  /// read. `tensor` must be in tensors(). Throws Error if the file turns out to be damaged there,
  /// or holds values that are not finite: a network with one NaN fills holes with nothing else.
  std::vector<float> read(const std::string& tensor) const;

 protected:
  explicit TensorFile(std::string name) : name_(std::move(name)) {}
  virtual std::vector<float> load(const std::string& tensor) const = 0;

  std::string name_;
  std::map<std::string, TensorInfo> tensors_;
};

}  // namespace lama::internal::weights

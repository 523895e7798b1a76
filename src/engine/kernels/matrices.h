// The operands of a small matrix product.
#pragma once

#include <cstddef>

namespace lama::internal::engine {

/// c = a b, or c += a b. `b` is in panels as in PackedWeights; `columns` are whole vectors.
struct Matrices {
  /// Floats between the rows of `a` and of `c`. As a constant it is a part of instructions, and all
  /// rows share one register.
  static constexpr std::size_t kStride = 128;

  std::size_t rows, k, columns;
  const float* a;
  const float* b;
  float* c;
  bool add;
};

}  // namespace lama::internal::engine

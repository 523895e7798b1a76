// The operands of a small matrix product.
#pragma once

#include <cstddef>

namespace lama::engine {

/// c = a b, or c += a b. `b` is in panels as in PackedWeights; `columns` are whole vectors.
struct Matrices {
  std::size_t rows, k, columns;
  const float* a;
  std::size_t a_stride;
  const float* b;
  float* c;
  std::size_t c_stride;
  bool add;
};

}  // namespace lama::engine

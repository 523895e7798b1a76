// Matrix products of bfloat16 numbers: float32 with the upper 8 of its 24 digits, of which the
// processor multiplies twice as many at a time. One kernel, for AVX512-BF16.
#pragma once

#include <cstddef>

#include "engine/kernels/gemm.h"
#include "engine/kernels/matrices.h"

namespace lama::internal::engine {

/// Whether this processor has the instruction; without it the products below must not be called.
/// See available(Precision).
bool has_bf16();

// Weights lie in memory as the instruction takes them: two rows in one, a 32-bit number for each
// column, the first row in its lower half. An odd row at the end is paired with zeros. Columns come
// in whole vectors.
inline constexpr std::size_t kBf16Rows = 2, kBf16Columns = 16;

/// Rows in memory of `k` rows of weights.
constexpr std::size_t packed_rows(Precision precision, std::size_t k) {
  return precision == Precision::bf16 ? (k + kBf16Rows - 1) / kBf16Rows : k;
}

/// As run(gemm), of sources that are rounded first, and of weights packed as bf16.
void run_bf16(const Gemm& gemm);
/// Floats.
std::size_t bf16_scratch(std::size_t k, std::size_t pixels);

/// The product of an `a` that is rounded first, with at most so many rows and so large a k, and of
/// a `b` in panels of two vectors, of which the last may have one.
void run_bf16(const Matrices& product);
inline constexpr std::size_t kBf16MostRows = 24, kBf16MostK = 128;

}  // namespace lama::internal::engine

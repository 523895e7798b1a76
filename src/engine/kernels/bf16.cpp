#include "engine/kernels/bf16.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/kernels/tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lama::internal::engine {

namespace {

/// 32-bit numbers of a row of `k` values: whole cache lines.
std::size_t row_stride(std::size_t k) {
  constexpr std::size_t kLine = kCacheLine / sizeof(float);
  return (packed_rows(Precision::bf16, k) + kLine - 1) / kLine * kLine;
}

}  // namespace

std::size_t bf16_scratch(std::size_t k, std::size_t pixels) { return pixels * row_stride(k); }

#if defined(__x86_64__)

// Highway of this version has no such instruction, so these are the processor's own, compiled for
// it whatever the rest is compiled for.
#define LAMA_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

bool has_bf16() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512bf16") != 0;
}

namespace {

constexpr std::size_t kVectors = 2;
constexpr std::size_t kPanel = kVectors * kBf16Columns;
constexpr std::size_t kTileRows = 12;   // as in register_tile-inl.h
constexpr std::size_t kPrefetch = 768;  // 32-bit numbers

/// `count` floats, rounded, to `to`. Returns where they end.
LAMA_BF16 std::uint16_t* round_row(const float* from, std::size_t count, std::uint16_t* to) {
  std::size_t i = 0;
  for (; i + 32 <= count; i += 32) {
    const __m512bh both =
        _mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + i + 16), _mm512_loadu_ps(from + i));
    std::memcpy(to + i, &both, sizeof both);
  }
  for (; i < count; i += 16) {
    const std::size_t left = std::min<std::size_t>(16, count - i);
    const auto mask = static_cast<__mmask16>((1U << left) - 1);
    const __m256bh part = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, from + i));
    __m256i bits;
    std::memcpy(&bits, &part, sizeof bits);
    _mm256_mask_storeu_epi16(to + i, mask, bits);
  }
  return to + count;
}

/// sum[r][v] += the product of kRows rows of pairs and a panel of `pairs` rows.
template <std::size_t kRows, std::size_t kColumns>
LAMA_BF16 __attribute__((always_inline)) inline void multiply(const std::uint32_t* a,
                                                              std::size_t a_stride,
                                                              const float* panel, std::size_t pairs,
                                                              __m512 (&sum)[kRows][kColumns]) {
  for (std::size_t k = 0; k < pairs; ++k) {
    __m512bh weights[kColumns];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      const __m512 bits = _mm512_loadu_ps(panel + v * kBf16Columns);
      std::memcpy(&weights[v], &bits, sizeof bits);
      _mm_prefetch(reinterpret_cast<const char*>(panel + kPrefetch + v * kBf16Columns),
                   _MM_HINT_T0);
    }
    panel += kColumns * kBf16Columns;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const __m512i pair = _mm512_set1_epi32(static_cast<int>(a[r * a_stride + k]));
      __m512bh values;
      std::memcpy(&values, &pair, sizeof pair);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kColumns; ++v) {
        sum[r][v] = _mm512_dpbf16_ps(sum[r][v], values, weights[v]);
      }
    }
  }
}

/// A tile of a convolution: `columns` channels from `channel`, of which the last vector may be a
/// part.
template <std::size_t kRows, std::size_t kColumns>
LAMA_BF16 __attribute__((noinline)) void gemm_tile(const Gemm& gemm, std::size_t pixel,
                                                   const std::uint32_t* a, const float* panel,
                                                   std::size_t channel, std::size_t columns) {
  __m512 sum[kRows][kColumns];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      sum[r][v] = _mm512_loadu_ps(gemm.bias + channel + v * kBf16Columns);
    }
  }
  const std::size_t k = gemm.weights->k();
  multiply<kRows, kColumns>(a + pixel * row_stride(k), row_stride(k), panel,
                            packed_rows(Precision::bf16, k), sum);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      const std::size_t at = channel + v * kBf16Columns;
      const std::size_t stored = std::min(kBf16Columns, columns - v * kBf16Columns);
      const auto mask = static_cast<__mmask16>((1U << stored) - 1);
      __m512 value =
          gemm.relu ? _mm512_maskz_max_ps(mask, sum[r][v], _mm512_setzero_ps()) : sum[r][v];
      if (gemm.residuals != nullptr) {
        value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, gemm.residuals[pixel + r] + at));
      }
      _mm512_mask_storeu_ps(gemm.outputs[pixel + r] + (at - gemm.first_channel), mask, value);
    }
  }
}

template <std::size_t kRows, std::size_t kColumns>
void gemm_tile_of(std::size_t rows, const Gemm& gemm, std::size_t pixel, const std::uint32_t* a,
                  const float* panel, std::size_t channel, std::size_t columns) {
  if (rows == kRows) {
    gemm_tile<kRows, kColumns>(gemm, pixel, a, panel, channel, columns);
  } else if constexpr (kRows > 1) {
    gemm_tile_of<kRows - 1, kColumns>(rows, gemm, pixel, a, panel, channel, columns);
  }
}

template <std::size_t kRows, std::size_t kColumns>
LAMA_BF16 __attribute__((noinline)) void product_tile(const Matrices& product,
                                                      const std::uint32_t* a, const float* panel,
                                                      float* c) {
  __m512 sum[kRows][kColumns];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      sum[r][v] = product.add ? _mm512_loadu_ps(c + r * Matrices::kStride + v * kBf16Columns)
                              : _mm512_setzero_ps();
    }
  }
  multiply<kRows, kColumns>(a, row_stride(product.k), panel,
                            packed_rows(Precision::bf16, product.k), sum);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      _mm512_storeu_ps(c + r * Matrices::kStride + v * kBf16Columns, sum[r][v]);
    }
  }
}

template <std::size_t kRows, std::size_t kColumns>
void product_tile_of(std::size_t rows, const Matrices& product, const std::uint32_t* a,
                     const float* panel, float* c) {
  if (rows == kRows) {
    product_tile<kRows, kColumns>(product, a, panel, c);
  } else if constexpr (kRows > 1) {
    product_tile_of<kRows - 1, kColumns>(rows, product, a, panel, c);
  }
}

}  // namespace

void run_bf16(const Gemm& gemm) {
  const std::size_t k = gemm.weights->k(), stride = row_stride(k);
  auto* rounded = reinterpret_cast<std::uint32_t*>(gemm.scratch);
  for (std::size_t p = 0; p < gemm.pixels; ++p) {
    auto* to = reinterpret_cast<std::uint16_t*>(rounded + p * stride);
    for (std::size_t t = 0; t < gemm.taps; ++t) {
      to = round_row(gemm.sources[t * gemm.pixels + p], gemm.tap_channels[t], to);
    }
    if (k % kBf16Rows != 0) *to = 0;
  }
  for (std::size_t p = gemm.begin_panel; p < gemm.end_panel; ++p) {
    const float* panel = gemm.weights->panel(p);
    const std::size_t channel = p * kPanel;
    const std::size_t columns = std::min(kPanel, gemm.weights->n() - channel);
    for_each_tile(gemm.pixels, kTileRows, [&](std::size_t pixel, std::size_t rows) {
      if (columns > kBf16Columns) {
        gemm_tile_of<kTileRows, kVectors>(rows, gemm, pixel, rounded, panel, channel, columns);
      } else {
        gemm_tile_of<kTileRows, 1>(rows, gemm, pixel, rounded, panel, channel, columns);
      }
    });
  }
}

void run_bf16(const Matrices& product) {
  alignas(64) std::uint32_t rounded[kBf16MostRows * kBf16MostK / kBf16Rows];
  const std::size_t k = product.k, stride = row_stride(k);
  for (std::size_t r = 0; r < product.rows; ++r) {
    auto* to = reinterpret_cast<std::uint16_t*>(rounded + r * stride);
    to = round_row(product.a + r * Matrices::kStride, k, to);
    if (k % kBf16Rows != 0) *to = 0;
  }
  for (std::size_t column = 0; column < product.columns; column += kPanel) {
    const float* panel = product.b + column * packed_rows(Precision::bf16, k);
    for_each_tile(product.rows, kTileRows, [&](std::size_t row, std::size_t rows) {
      const std::uint32_t* a = rounded + row * stride;
      float* c = product.c + row * Matrices::kStride + column;
      if (product.columns - column > kBf16Columns) {
        product_tile_of<kTileRows, kVectors>(rows, product, a, panel, c);
      } else {
        product_tile_of<kTileRows, 1>(rows, product, a, panel, c);
      }
    });
  }
}

#else

bool has_bf16() { return false; }
void run_bf16(const Gemm& /*gemm*/) {}
void run_bf16(const Matrices& /*product*/) {}

#endif

}  // namespace lama::internal::engine

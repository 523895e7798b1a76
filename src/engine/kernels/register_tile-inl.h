// The register tile of the engine's matrix products, and the product of matrices that lie in memory
// without gaps.

// Included once per instruction set, as Highway's own -inl.h files are.
#if defined(LAMA_ENGINE_KERNELS_REGISTER_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMA_ENGINE_KERNELS_REGISTER_TILE_INL_H_
#undef LAMA_ENGINE_KERNELS_REGISTER_TILE_INL_H_
#else
#define LAMA_ENGINE_KERNELS_REGISTER_TILE_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstddef>

#include "engine/kernels/matrices.h"
#include "engine/kernels/tiles.h"

HWY_BEFORE_NAMESPACE();
namespace lama::engine::HWY_NAMESPACE {

// kRows pixels x kVectors vectors of output channels are summed at once:
//
//              weights: kVectors vectors, loaded once per input channel
//             [ b0 ][ b1 ]
//   pixel 0 a [acc ][acc ]     each a is one float of a pixel, broadcast
//   pixel 1 a [acc ][acc ]
//   ...
//
// 24 sums, 2 weights and 1 broadcast fill 27 of the 32 registers of AVX-512 and NEON; the 16 of the
// others hold 12 sums, 2 and 1. Either way the multiply-add units wait for nothing: there are more
// independent sums than their latency, and 14 (8) loads for 24 (12) multiply-adds.
constexpr std::size_t kVectors = 2;
constexpr bool kManyRegisters = HWY_ARCH_ARM_A64 || (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3);
constexpr std::size_t kRows = kManyRegisters ? 12 : 6;

constexpr std::size_t kPrefetch = 768;  // floats

HWY_INLINE std::size_t PanelWidth() {
  return kVectors * hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::CappedTag<float, 16>());
}

template <std::size_t kTileRows, std::size_t kColumns>
HWY_NOINLINE void ProductTile(const Matrices& m, const float* HWY_RESTRICT a,
                              const float* HWY_RESTRICT b, float* HWY_RESTRICT c) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<float, 16> d;
  using V = hn::Vec<hn::CappedTag<float, 16>>;
  const std::size_t lanes = hn::Lanes(d), a_stride = m.a_stride, c_stride = m.c_stride;
  V sum[kTileRows][kColumns];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      sum[r][v] = m.add ? hn::LoadU(d, c + r * c_stride + v * lanes) : hn::Zero(d);
    }
  }
  for (std::size_t k = 0; k < m.k; ++k) {
    V weights[kColumns];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) weights[v] = hn::Load(d, b + v * lanes);
    // Weights may come from far away, and processors' own prefetching ends at every 4 kB.
    hwy::Prefetch(b + kPrefetch);
    hwy::Prefetch(b + kPrefetch + lanes);
    b += kColumns * lanes;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const V value = hn::Set(d, a[r * a_stride + k]);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kColumns; ++v) {
        sum[r][v] = hn::MulAdd(value, weights[v], sum[r][v]);
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      hn::StoreU(sum[r][v], d, c + r * c_stride + v * lanes);
    }
  }
}

/// A tile of `rows` <= kTileRows rows.
template <std::size_t kTileRows, std::size_t kColumns>
HWY_INLINE void ProductTileOf(std::size_t rows, const Matrices& m, const float* a, const float* b,
                              float* c) {
  if (rows == kTileRows) {
    ProductTile<kTileRows, kColumns>(m, a, b, c);
  } else if constexpr (kTileRows > 1) {
    ProductTileOf<kTileRows - 1, kColumns>(rows, m, a, b, c);
  }
}

HWY_INLINE void Product(const Matrices& m) {
  namespace hn = hwy::HWY_NAMESPACE;
  const std::size_t lanes = hn::Lanes(hn::CappedTag<float, 16>());
  for (std::size_t column = 0; column < m.columns; column += PanelWidth()) {
    const float* panel = m.b + column * m.k;
    for_each_tile(m.rows, kRows, [&](std::size_t row, std::size_t rows) {
      const float* a = m.a + row * m.a_stride;
      float* c = m.c + row * m.c_stride + column;
      if (m.columns - column > lanes) {
        ProductTileOf<kRows, kVectors>(rows, m, a, panel, c);
      } else {
        ProductTileOf<kRows, 1>(rows, m, a, panel, c);
      }
    });
  }
}

}  // namespace lama::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LAMA_ENGINE_KERNELS_REGISTER_TILE_INL_H_

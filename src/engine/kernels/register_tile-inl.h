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
namespace lama::internal::engine::HWY_NAMESPACE {

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

// Weights come from farther away than the sums can wait for, and processors' own prefetching ends
// at every 4 kB: they are called for so many floats ahead.
constexpr std::size_t kPrefetch = 256;

HWY_INLINE std::size_t PanelWidth() {
  return kVectors * hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::CappedTag<float, 16>());
}

/// `ahead` is called into the second cache, `ahead_step` floats for each k.
template <std::size_t kTileRows, std::size_t kColumns>
HWY_NOINLINE void ProductTile(const Matrices& m, const float* HWY_RESTRICT a,
                              const float* HWY_RESTRICT b, float* HWY_RESTRICT c,
                              const float* ahead, std::size_t ahead_step) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<float, 16> d;
  using V = hn::Vec<hn::CappedTag<float, 16>>;
  const std::size_t lanes = hn::Lanes(d);
  V sum[kTileRows][kColumns];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) {
      sum[r][v] = m.add ? hn::LoadU(d, c + r * Matrices::kStride + v * lanes) : hn::Zero(d);
    }
  }
  // Unrolled, so that addresses that have no register are loaded less often.
#pragma GCC unroll 4
  for (std::size_t k = 0; k < m.k; ++k) {
    V weights[kColumns];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kColumns; ++v) weights[v] = hn::Load(d, b + v * lanes);
    hwy::Prefetch(b + kPrefetch);
    hwy::Prefetch(b + kPrefetch + lanes);
    __builtin_prefetch(ahead, /*rw=*/0, /*locality=*/2);
    ahead += ahead_step;
    b += kColumns * lanes;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const V value = hn::Set(d, a[r * Matrices::kStride + k]);
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
      hn::StoreU(sum[r][v], d, c + r * Matrices::kStride + v * lanes);
    }
  }
}

/// A tile of `rows` <= kTileRows rows.
template <std::size_t kTileRows, std::size_t kColumns>
HWY_INLINE void ProductTileOf(std::size_t rows, const Matrices& m, const float* a, const float* b,
                              float* c, const float* ahead, std::size_t ahead_step) {
  if (rows == kTileRows) {
    ProductTile<kTileRows, kColumns>(m, a, b, c, ahead, ahead_step);
  } else if constexpr (kTileRows > 1) {
    ProductTileOf<kTileRows - 1, kColumns>(rows, m, a, b, c, ahead, ahead_step);
  }
}

HWY_INLINE void Product(const Matrices& m) {
  namespace hn = hwy::HWY_NAMESPACE;
  // The third cache is too slow for one tile of rows, but not for all that use a panel: each of
  // them calls for its share of the next panel.
  const std::size_t tiles = tiles_of(m.rows, kRows);
  if (tiles == 0) return;
  const std::size_t share = PanelWidth() / tiles;
  const std::size_t lanes = hn::Lanes(hn::CappedTag<float, 16>());
  for (std::size_t column = 0; column < m.columns; column += PanelWidth()) {
    const float* panel = m.b + column * m.k;
    const float* ahead = panel + PanelWidth() * m.k;
    for_each_tile(m.rows, kRows, [&](std::size_t row, std::size_t rows) {
      const float* a = m.a + row * Matrices::kStride;
      float* c = m.c + row * Matrices::kStride + column;
      if (m.columns - column > lanes) {
        ProductTileOf<kRows, kVectors>(rows, m, a, panel, c, ahead, share);
      } else {
        ProductTileOf<kRows, 1>(rows, m, a, panel, c, ahead, share);
      }
      ahead += share * m.k;
    });
  }
}

}  // namespace lama::internal::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LAMA_ENGINE_KERNELS_REGISTER_TILE_INL_H_

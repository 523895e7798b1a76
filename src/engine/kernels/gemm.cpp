#include "engine/kernels/gemm.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/gemm.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway demands.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "base/float16.h"
#include "engine/kernels/bf16.h"
#include "engine/kernels/partial-inl.h"
#include "engine/kernels/register_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lama::internal::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

static_assert(kGemmPixels % kRows == 0);

/// One register tile of kTileRows pixels. `columns` are the output channels of this panel (a
/// partial vector is stored partially).
template <std::size_t kTileRows, std::size_t kColumns>
HWY_NOINLINE void Tile(const Gemm& gemm, std::size_t pixel, const float* panel, std::size_t channel,
                       std::size_t columns) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  V sum[kTileRows][kColumns];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t c = 0; c < kColumns; ++c) {
      sum[r][c] = hn::LoadU(d, gemm.bias + channel + c * lanes);
    }
  }
  const float* HWY_RESTRICT weights = panel;
  for (std::size_t t = 0; t < gemm.taps; ++t) {
    const float* const* gathered = gemm.sources + t * gemm.pixels + pixel;
    const float* HWY_RESTRICT source[kTileRows];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kTileRows; ++r) source[r] = gathered[r];
    const std::size_t channels = gemm.tap_channels[t];
    // Unrolled, so that sources that have no register are loaded less often.
#pragma GCC unroll 4
    for (std::size_t k = 0; k < channels; ++k) {
      V b[kColumns];
#pragma GCC unroll 2
      for (std::size_t c = 0; c < kColumns; ++c) b[c] = hn::Load(d, weights + c * lanes);
      hwy::Prefetch(weights + kPrefetch);
      hwy::Prefetch(weights + kPrefetch + lanes);
      weights += kColumns * lanes;
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kTileRows; ++r) {
        const V a = hn::Set(d, source[r][k]);
#pragma GCC unroll 2
        for (std::size_t c = 0; c < kColumns; ++c) sum[r][c] = hn::MulAdd(a, b[c], sum[r][c]);
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t c = 0; c < kColumns; ++c) {
      const std::size_t at = channel + c * lanes;
      float* out = gemm.outputs[pixel + r] + (at - gemm.first_channel);
      V value = gemm.relu ? hn::Max(sum[r][c], hn::Zero(d)) : sum[r][c];
      if (columns >= (c + 1) * lanes) {
        if (gemm.residuals != nullptr) {
          value = hn::Add(value, hn::LoadU(d, gemm.residuals[pixel + r] + at));
        }
        hn::StoreU(value, d, out);
      } else {
        const std::size_t part = columns - c * lanes;
        if (gemm.residuals != nullptr) {
          value = hn::Add(value, LoadPart(d, gemm.residuals[pixel + r] + at, part));
        }
        StorePart(value, d, out, part);
      }
    }
  }
}

/// A tile of `rows` <= kTileRows pixels.
template <std::size_t kTileRows, std::size_t kColumns>
HWY_INLINE void TileOf(std::size_t rows, const Gemm& gemm, std::size_t pixel, const float* panel,
                       std::size_t channel, std::size_t columns) {
  if (rows == kTileRows) {
    Tile<kTileRows, kColumns>(gemm, pixel, panel, channel, columns);
  } else if constexpr (kTileRows > 1) {
    TileOf<kTileRows - 1, kColumns>(rows, gemm, pixel, panel, channel, columns);
  }
}

void Run(const Gemm& gemm) {
  const std::size_t lanes = hn::Lanes(D());
  for (std::size_t p = gemm.begin_panel; p < gemm.end_panel; ++p) {
    const float* panel = gemm.weights->panel(p);
    const std::size_t channel = p * PanelWidth();
    const std::size_t columns = std::min(PanelWidth(), gemm.weights->n() - channel);
    for_each_tile(gemm.pixels, kRows, [&](std::size_t pixel, std::size_t rows) {
      if (columns > lanes) {
        TileOf<kRows, kVectors>(rows, gemm, pixel, panel, channel, columns);
      } else {
        TileOf<kRows, 1>(rows, gemm, pixel, panel, channel, columns);
      }
    });
  }
}

size_t Lanes() { return hn::Lanes(D()); }
size_t WidthOfPanels() { return PanelWidth(); }

}  // namespace lama::internal::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lama::internal::engine {

HWY_EXPORT(WidthOfPanels);
HWY_EXPORT(Lanes);
HWY_EXPORT(Run);

PackedWeights::PackedWeights(const float* weights, std::size_t k, std::size_t n,
                             Precision precision)
    : k_(k),
      n_(n),
      rows_(packed_rows(precision, k)),
      panel_width_(HWY_DYNAMIC_DISPATCH(WidthOfPanels)()),
      precision_(precision) {
  const std::size_t lanes = HWY_DYNAMIC_DISPATCH(Lanes)();
  const std::size_t padded = (n + lanes - 1) / lanes * lanes;
  data_ = AlignedBuffer(rows_ * padded);
  float* out = data_.data();
  for (std::size_t begin = 0; begin < n; begin += panel_width_) {
    const std::size_t stored = std::min(panel_width_, padded - begin);
    const std::size_t used = std::min(stored, n - begin);
    for (std::size_t i = 0; i < rows_; ++i) {
      if (precision == Precision::f32) {
        const float* row = weights + i * n + begin;
        out = std::copy(row, row + used, out);
        out = std::fill_n(out, stored - used, 0.0F);
        continue;
      }
      for (std::size_t c = 0; c < stored; ++c, ++out) {
        std::uint32_t pair = 0;
        for (std::size_t j = 0; j < kBf16Rows; ++j) {
          const std::size_t row = i * kBf16Rows + j;
          if (row >= k || c >= used) continue;
          pair |= std::uint32_t{bf16_from_float(weights[row * n + begin + c])} << (16 * j);
        }
        std::memcpy(out, &pair, sizeof pair);
      }
    }
  }
}

void run(const Gemm& gemm) {
  if (gemm.weights->precision() == Precision::bf16) {
    run_bf16(gemm);
  } else {
    HWY_DYNAMIC_DISPATCH(Run)(gemm);
  }
}

AlignedBuffer padded_bias(std::span<const float> bias, const PackedWeights& weights) {
  AlignedBuffer padded(weights.panels() * weights.panel_width());
  std::fill_n(std::copy(bias.begin(), bias.end(), padded.data()), padded.size() - bias.size(),
              0.0F);
  return padded;
}

std::size_t gemm_scratch(const PackedWeights& weights, std::size_t pixels) {
  return weights.precision() == Precision::bf16 ? bf16_scratch(weights.k(), pixels) : 0;
}

bool available(Precision precision) {
  return precision == Precision::f32 ||
         (has_bf16() && HWY_DYNAMIC_DISPATCH(Lanes)() == kBf16Columns);
}

}  // namespace lama::internal::engine
#endif

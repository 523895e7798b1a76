#include "engine/kernels/gemm.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/gemm.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway demands.
#include <hwy/highway.h>

#include "engine/kernels/partial-inl.h"
#include "engine/kernels/register_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lama::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

static_assert(kGemmPixels % kRows == 0);

/// One register tile. `valid` <= kRows pixels are stored; the others repeat the last one.
/// `columns` are the output channels of this panel (a partial vector is stored partially).
template <std::size_t kColumns>
HWY_NOINLINE void Tile(const Gemm& gemm, std::size_t pixel, std::size_t valid, const float* panel,
                       std::size_t channel, std::size_t columns) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  V sum[kRows][kColumns];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t c = 0; c < kColumns; ++c) {
      sum[r][c] = hn::LoadU(d, gemm.bias + channel + c * lanes);
    }
  }
  const float* HWY_RESTRICT weights = panel;
  for (std::size_t t = 0; t < gemm.taps; ++t) {
    const float* const* gathered = gemm.sources + t * gemm.pixels + pixel;
    const float* HWY_RESTRICT source[kRows];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) source[r] = gathered[r < valid ? r : valid - 1];
    const std::size_t channels = gemm.tap_channels[t];
    for (std::size_t k = 0; k < channels; ++k) {
      V b[kColumns];
#pragma GCC unroll 2
      for (std::size_t c = 0; c < kColumns; ++c) b[c] = hn::Load(d, weights + c * lanes);
      weights += kColumns * lanes;
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) {
        const V a = hn::Set(d, source[r][k]);
#pragma GCC unroll 2
        for (std::size_t c = 0; c < kColumns; ++c) sum[r][c] = hn::MulAdd(a, b[c], sum[r][c]);
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
    if (r >= valid) break;
#pragma GCC unroll 2
    for (std::size_t c = 0; c < kColumns; ++c) {
      const std::size_t at = c * lanes;
      float* out = gemm.outputs[pixel + r] + channel + at;
      V value = gemm.relu ? hn::Max(sum[r][c], hn::Zero(d)) : sum[r][c];
      if (columns >= at + lanes) {
        if (gemm.residuals != nullptr) {
          value = hn::Add(value, hn::LoadU(d, gemm.residuals[pixel + r] + channel + at));
        }
        hn::StoreU(value, d, out);
      } else {
        const std::size_t part = columns - at;
        if (gemm.residuals != nullptr) {
          value = hn::Add(value, LoadPart(d, gemm.residuals[pixel + r] + channel + at, part));
        }
        StorePart(value, d, out, part);
      }
    }
  }
}

void Run(const Gemm& gemm) {
  const std::size_t lanes = hn::Lanes(D());
  for (std::size_t p = gemm.begin_panel; p < gemm.end_panel; ++p) {
    const float* panel = gemm.weights->panel(p);
    const std::size_t channel = p * PanelWidth();
    const std::size_t columns = std::min(PanelWidth(), gemm.weights->n() - channel);
    for (std::size_t pixel = 0; pixel < gemm.pixels; pixel += kRows) {
      const std::size_t valid = std::min(kRows, gemm.pixels - pixel);
      if (columns > lanes) {
        Tile<kVectors>(gemm, pixel, valid, panel, channel, columns);
      } else {
        Tile<1>(gemm, pixel, valid, panel, channel, columns);
      }
    }
  }
}

size_t Lanes() { return hn::Lanes(D()); }
size_t WidthOfPanels() { return PanelWidth(); }

}  // namespace lama::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lama::engine {

HWY_EXPORT(WidthOfPanels);
HWY_EXPORT(Lanes);
HWY_EXPORT(Run);

PackedWeights::PackedWeights(const float* weights, std::size_t k, std::size_t n)
    : k_(k), n_(n), panel_width_(HWY_DYNAMIC_DISPATCH(WidthOfPanels)()) {
  const std::size_t lanes = HWY_DYNAMIC_DISPATCH(Lanes)();
  const std::size_t padded = (n + lanes - 1) / lanes * lanes;
  data_ = AlignedBuffer(k * padded);
  float* out = data_.data();
  for (std::size_t begin = 0; begin < n; begin += panel_width_) {
    const std::size_t stored = std::min(panel_width_, padded - begin);
    const std::size_t used = std::min(stored, n - begin);
    for (std::size_t i = 0; i < k; ++i) {
      const float* row = weights + i * n + begin;
      out = std::copy(row, row + used, out);
      out = std::fill_n(out, stored - used, 0.0F);
    }
  }
}

void run(const Gemm& gemm) { HWY_DYNAMIC_DISPATCH(Run)(gemm); }

}  // namespace lama::engine
#endif

#include "engine/kernels/winograd.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/winograd.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway demands.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "engine/kernels/bf16.h"
#include "engine/kernels/partial-inl.h"
#include "engine/kernels/register_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lama::internal::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

// The points are 0, +-a, +-b and infinity. The usual 1 and 2 err twice as much in float32 as 2/3
// and 3/2, of which the powers are closer together (measured in
// tests/engine/kernels/winograd_test.cpp). That a * b = 1 saves multiplications.
constexpr double kPointA = 2.0 / 3, kPointB = 3.0 / 2;
constexpr double kPointA2 = kPointA * kPointA, kPointB2 = kPointB * kPointB;
constexpr auto kA = static_cast<float>(kPointA), kB = static_cast<float>(kPointB);
constexpr auto kA2 = static_cast<float>(kPointA2), kB2 = static_cast<float>(kPointB2);
constexpr auto kA3 = static_cast<float>(kPointA * kPointA2);
constexpr auto kB3 = static_cast<float>(kPointB * kPointB2);
constexpr auto kA2B2 = static_cast<float>(kPointA2 + kPointB2);
// One over the product of a point's distances from the others.
constexpr auto kWeightA = static_cast<float>(1 / (2 * kPointA2 * (kPointA2 - kPointB2)));
constexpr auto kWeightB = static_cast<float>(1 / (2 * kPointB2 * (kPointB2 - kPointA2)));

/// Six pixels in a line, to six positions: the polynomial's values (B^T d in the paper).
HWY_INLINE void TransformLine(const V (&d)[6], V (&v)[6]) {
  const D f;
  const V a2 = hn::Set(f, kA2), b2 = hn::Set(f, kB2), a2b2 = hn::Set(f, kA2B2);
  const V even_a = hn::NegMulAdd(b2, d[2], d[4]), even_b = hn::NegMulAdd(a2, d[2], d[4]);
  const V odd_a = hn::Mul(hn::Set(f, kA), hn::NegMulAdd(b2, d[1], d[3]));
  const V odd_b = hn::Mul(hn::Set(f, kB), hn::NegMulAdd(a2, d[1], d[3]));
  v[0] = hn::Add(hn::NegMulAdd(a2b2, d[2], d[4]), d[0]);
  v[1] = hn::Add(even_a, odd_a);
  v[2] = hn::Sub(even_a, odd_a);
  v[3] = hn::Add(even_b, odd_b);
  v[4] = hn::Sub(even_b, odd_b);
  v[5] = hn::Add(hn::NegMulAdd(a2b2, d[3], d[5]), d[1]);
}

/// Six positions to four results (A^T m).
HWY_INLINE void ResultLine(const V (&m)[6], V (&y)[4]) {
  const D f;
  const V sum_a = hn::Add(m[1], m[2]), difference_a = hn::Sub(m[1], m[2]);
  const V sum_b = hn::Add(m[3], m[4]), difference_b = hn::Sub(m[3], m[4]);
  y[0] = hn::Add(m[0], hn::Add(sum_a, sum_b));
  y[1] = hn::MulAdd(hn::Set(f, kB), difference_b, hn::Mul(hn::Set(f, kA), difference_a));
  y[2] = hn::MulAdd(hn::Set(f, kB2), sum_b, hn::Mul(hn::Set(f, kA2), sum_a));
  y[3] = hn::Add(m[5],
                 hn::MulAdd(hn::Set(f, kB3), difference_b, hn::Mul(hn::Set(f, kA3), difference_a)));
}

/// Three weights to six positions (G g).
HWY_INLINE void WeightLine(const V (&g)[3], V (&u)[6]) {
  const D f;
  const V scale_a = hn::Set(f, kWeightA), scale_b = hn::Set(f, kWeightB);
  const V even_a = hn::Mul(scale_a, hn::MulAdd(hn::Set(f, kA2), g[2], g[0]));
  const V even_b = hn::Mul(scale_b, hn::MulAdd(hn::Set(f, kB2), g[2], g[0]));
  const V odd_a = hn::Mul(hn::Set(f, kWeightA * kA), g[1]);
  const V odd_b = hn::Mul(hn::Set(f, kWeightB * kB), g[1]);
  u[0] = g[0];
  u[1] = hn::Add(even_a, odd_a);
  u[2] = hn::Sub(even_a, odd_a);
  u[3] = hn::Add(even_b, odd_b);
  u[4] = hn::Sub(even_b, odd_b);
  u[5] = g[2];
}

// In memory the 36 matrices are apart by a little more than their size: powers of two would send
// all 36 to the same few lines of a cache.
constexpr std::size_t kGap = 16;
constexpr std::size_t kValuesStride = kWinogradTiles * kWinogradChannels + kGap;
static_assert(kWinogradChannels == Matrices::kStride);
static_assert(kWinogradTiles <= kBf16MostRows && kWinogradChannels <= kBf16MostK);

/// The 6x6 pixels of a tile, `channels` of them from the pointers, to 36 positions. Those of the
/// next tile, which lie at 36 places in memory, are called for meanwhile.
void TransformTile(const float* const* pixels, const float* const* next, std::size_t first,
                   std::size_t channels, float* to) {
  const D f;
  const std::size_t lanes = hn::Lanes(f);
  for (std::size_t c = 0; c < channels; c += lanes) {
    const std::size_t left = channels - c;
    V half[kWinogradInput][kWinogradInput];  // by column of the tile, then row position
    for (std::size_t x = 0; x < kWinogradInput; ++x) {
      V d[kWinogradInput];
      for (std::size_t y = 0; y < kWinogradInput; ++y) {
        hwy::Prefetch(next[y * kWinogradInput + x] + first + c);
        const float* from = pixels[y * kWinogradInput + x] + first + c;
        d[y] = left >= lanes ? hn::LoadU(f, from) : LoadPart(f, from, left);
      }
      TransformLine(d, half[x]);
    }
    for (std::size_t y = 0; y < kWinogradInput; ++y) {
      const V d[kWinogradInput] = {half[0][y], half[1][y], half[2][y],
                                   half[3][y], half[4][y], half[5][y]};
      V v[kWinogradInput];
      TransformLine(d, v);
      for (std::size_t x = 0; x < kWinogradInput; ++x) {
        float* at = to + (y * kWinogradInput + x) * kValuesStride + c;
        if (left >= lanes) {
          hn::StoreU(v[x], f, at);
        } else {
          StorePart(v[x], f, at, left);
        }
      }
    }
  }
}

/// The results of one tile from its sums at the 36 positions, for `columns` channels from
/// `channel`. The places of the next tile's are called for meanwhile.
void FinishTile(const Winograd& w, std::size_t tile, const float* sums, std::size_t channel,
                std::size_t columns) {
  const D f;
  const std::size_t lanes = hn::Lanes(f), first = w.begin_panel * PanelWidth();
  constexpr std::size_t kPixels = kWinogradTile * kWinogradTile;
  for (std::size_t c = 0; c < columns; c += lanes) {
    const std::size_t left = columns - c, at = channel + c;
    V half[kWinogradInput][kWinogradTile];  // by column position, then row of the tile
    for (std::size_t x = 0; x < kWinogradInput; ++x) {
      V m[kWinogradInput];
      for (std::size_t y = 0; y < kWinogradInput; ++y) {
        m[y] = hn::LoadU(f, sums + (y * kWinogradInput + x) * kValuesStride + c);
      }
      ResultLine(m, half[x]);
    }
    for (std::size_t y = 0; y < kWinogradTile; ++y) {
      const V m[kWinogradInput] = {half[0][y], half[1][y], half[2][y],
                                   half[3][y], half[4][y], half[5][y]};
      V results[kWinogradTile];
      ResultLine(m, results);
      for (std::size_t x = 0; x < kWinogradTile; ++x) {
        const std::size_t pixel = tile * kPixels + y * kWinogradTile + x;
        float* out = w.outputs[pixel];
        const float* next = tile + 1 < w.tiles ? w.outputs[pixel + kPixels] : nullptr;
        if (next != nullptr) __builtin_prefetch(next + at, /*rw=*/1);
        if (out == nullptr) continue;
        const auto load = [&](const float* from) {
          return left >= lanes ? hn::LoadU(f, from) : LoadPart(f, from, left);
        };
        V value = hn::Add(results[x], w.sums == nullptr ? hn::LoadU(f, w.bias + at)
                                                        : load(w.sums[pixel] + (at - first)));
        if (w.relu) value = hn::Max(value, hn::Zero(f));
        if (w.residuals != nullptr) value = hn::Add(value, load(w.residuals[pixel] + at));
        if (left >= lanes) {
          hn::StoreU(value, f, out + at);
        } else {
          StorePart(value, f, out + at, left);
        }
      }
    }
  }
}

// One block, in the memory of a core's cache:
//
//            input pixels                      weights, streamed in this order
//                 |                                   |
//                 v                                   v
//   values [36][tiles][<= 128 channels]  x  [36][<= 128 channels][columns]
//                 = sums [36][tiles][columns]  -->  result pixels
//
// for each 128 or fewer result channels (columns), over all input channels in groups of 128. If
// there is one group its values are made once for all columns.

std::size_t ColumnsOfChunk() { return kWinogradChannels / PanelWidth() * PanelWidth(); }

/// Columns in memory from `begin`: whole vectors.
std::size_t StoredColumns(const PackedWeights& taps, std::size_t begin, std::size_t chunk) {
  const std::size_t lanes = hn::Lanes(D());
  return std::min(chunk, (taps.n() - begin + lanes - 1) / lanes * lanes);
}

void Block(const Winograd& w) {
  const PackedWeights& taps = *w.taps;
  const std::size_t channels = taps.k() / 9, chunk = ColumnsOfChunk();
  float* values = w.scratch;
  float* sums = values + kWinogradPositions * kValuesStride;
  const auto transform = [&](std::size_t begin, std::size_t end) {
    std::size_t first = 0;  // of this input, among all channels
    for (std::size_t i = 0; i < w.inputs; first += w.input_channels[i++]) {
      const std::size_t from = std::max(begin, first);
      const std::size_t to = std::min(end, first + w.input_channels[i]);
      if (from >= to) continue;
      for (std::size_t t = 0; t < w.tiles; ++t) {
        const float* const* pixels = w.sources + (i * w.tiles + t) * kWinogradPositions;
        const float* const* next = t + 1 < w.tiles ? pixels + kWinogradPositions : pixels;
        TransformTile(pixels, next, from - first, to - from,
                      values + t * kWinogradChannels + from - begin);
      }
    }
  };
  const auto multiply = [&](std::size_t position, std::size_t k, std::size_t columns,
                            const float* weights, bool add) {
    const Matrices product = {.rows = w.tiles,
                              .k = k,
                              .columns = columns,
                              .a = values + position * kValuesStride,
                              .b = weights,
                              .c = sums + position * kValuesStride,
                              .add = add};
    w.precision == Precision::bf16 ? run_bf16(product) : Product(product);
  };
  const std::size_t end = std::min(taps.n(), w.end_panel * PanelWidth());
  for (std::size_t column = w.begin_panel * PanelWidth(); column < end; column += chunk) {
    const std::size_t stored = StoredColumns(taps, column, chunk);
    const float* weights =
        w.transformed + kWinogradPositions * column * packed_rows(w.precision, channels);
    for (std::size_t begin = 0; begin < channels; begin += kWinogradChannels) {
      const std::size_t count = std::min(kWinogradChannels, channels - begin);
      if (column == 0 || channels > kWinogradChannels) transform(begin, begin + count);
      for (std::size_t position = 0; position < kWinogradPositions; ++position) {
        multiply(position, count, stored, weights, begin > 0);
        weights += stored * packed_rows(w.precision, count);
      }
    }
    for (std::size_t t = 0; t < w.tiles; ++t) {
      FinishTile(w, t, sums + t * kWinogradChannels, column, std::min(chunk, taps.n() - column));
    }
  }
}

/// A vector of 3x3 weights, `next` apart, to 36 positions: calls take(position, vector).
template <typename Take>
HWY_INLINE void TransformWeight(const float* from, std::size_t next, const Take& take) {
  const D f;
  V half[3][kWinogradInput];  // by column of the kernel, then row position
  for (std::size_t x = 0; x < 3; ++x) {
    V g[3];
    for (std::size_t y = 0; y < 3; ++y) g[y] = hn::Load(f, from + (y * 3 + x) * next);
    WeightLine(g, half[x]);
  }
  for (std::size_t y = 0; y < kWinogradInput; ++y) {
    const V g[3] = {half[0][y], half[1][y], half[2][y]};
    V u[kWinogradInput];
    WeightLine(g, u);
    for (std::size_t x = 0; x < kWinogradInput; ++x) take(y * kWinogradInput + x, u[x]);
  }
}

/// Two vectors rounded to bfloat16, `low` in the lower halves (see bf16.h).
HWY_INLINE V RoundPair(V low, V high) {
  const hn::RebindToUnsigned<D> bits;
  const auto rounded = [&](V v) {
    const auto b = hn::BitCast(bits, v);
    const auto odd = hn::And(hn::ShiftRight<16>(b), hn::Set(bits, 1));
    return hn::Add(hn::Add(b, hn::Set(bits, 0x7FFF)), odd);
  };
  const auto upper = hn::And(rounded(high), hn::Set(bits, 0xFFFF0000));
  return hn::BitCast(D(), hn::Or(hn::ShiftRight<16>(rounded(low)), upper));
}

// A part of the weights' transform is one panel of the output channels, for a group of input
// channels.
void TransformWeights(const PackedWeights& taps, Precision precision, std::size_t part, float* to) {
  const D f;
  const std::size_t lanes = hn::Lanes(f), channels = taps.k() / 9, chunk = ColumnsOfChunk();
  const std::size_t panel = part % taps.panels();
  const std::size_t begin = part / taps.panels() * kWinogradChannels;
  const std::size_t count = std::min(kWinogradChannels, channels - begin);
  const std::size_t column = panel * PanelWidth() / chunk * chunk;
  const std::size_t stored = StoredColumns(taps, column, chunk);
  const std::size_t width = StoredColumns(taps, panel * PanelWidth(), PanelWidth());
  const float* from = taps.panel(panel) + begin * width;
  const std::size_t rows = packed_rows(precision, count);
  to += kWinogradPositions *
            (column * packed_rows(precision, channels) + stored * packed_rows(precision, begin)) +
        (panel * PanelWidth() - column) * rows;
  const std::size_t next = channels * width, apart = stored * rows;  // of taps, of positions
  // Past the caches, which a layer's weights would only fill, if vectors are whole lines: of halves
  // on their way to 36 places the processor would write each by itself.
  const auto write = [&](V v, float* at) {
    lanes * sizeof(float) == kCacheLine ? hn::Stream(v, f, at) : hn::Store(v, f, at);
  };
  if (precision == Precision::f32) {
    for (std::size_t i = 0; i < count * width; i += lanes) {
      TransformWeight(from + i, next,
                      [&](std::size_t position, V u) { write(u, to + position * apart + i); });
    }
    hwy::FlushStream();
    return;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < width; c += lanes) {
      const float* first = from + kBf16Rows * row * width + c;
      V low[kWinogradPositions], high[kWinogradPositions];
      TransformWeight(first, next, [&](std::size_t position, V u) { low[position] = u; });
      if (kBf16Rows * row + 1 < count) {
        TransformWeight(first + width, next, [&](std::size_t p, V u) { high[p] = u; });
      } else {
        for (V& v : high) v = hn::Zero(f);
      }
      for (std::size_t p = 0; p < kWinogradPositions; ++p) {
        write(RoundPair(low[p], high[p]), to + p * apart + row * width + c);
      }
    }
  }
  hwy::FlushStream();
}

size_t Scratch() { return 2 * kWinogradPositions * kValuesStride; }
size_t PanelsOfChunk() { return ColumnsOfChunk() / PanelWidth(); }

}  // namespace lama::internal::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lama::internal::engine {

HWY_EXPORT(Block);
HWY_EXPORT(PanelsOfChunk);
HWY_EXPORT(Scratch);
HWY_EXPORT(TransformWeights);

WinogradWeights::WinogradWeights(const PackedWeights& taps, Precision precision)
    : taps_(taps), precision_(precision) {}

std::size_t WinogradWeights::floats() const {
  return kWinogradPositions * packed_rows(precision_, taps_.k() / 9) * taps_.stored_columns();
}

std::size_t WinogradWeights::parts() const {
  return taps_.panels() * ((taps_.k() / 9 + kWinogradChannels - 1) / kWinogradChannels);
}

void WinogradWeights::transform(std::size_t part, float* to) const {
  HWY_DYNAMIC_DISPATCH(TransformWeights)(taps_, precision_, part, to);
}

std::size_t winograd_scratch() { return HWY_DYNAMIC_DISPATCH(Scratch)(); }

std::size_t winograd_panels() { return HWY_DYNAMIC_DISPATCH(PanelsOfChunk)(); }

void run(const Winograd& winograd) { HWY_DYNAMIC_DISPATCH(Block)(winograd); }

}  // namespace lama::internal::engine
#endif

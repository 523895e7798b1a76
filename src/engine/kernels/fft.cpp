#include "engine/kernels/fft.h"

#include <algorithm>
#include <complex>
#include <numbers>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/fft.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway demands.
#include <hwy/highway.h>

#include "engine/kernels/partial-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lama::internal::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

struct Complex {
  V re, im;

  // g++ 12 compiles implicit constructors without the target, and cannot inline those of Vec.
  HWY_INLINE Complex() {}
  HWY_INLINE Complex(V real, V imaginary) : re(real), im(imaginary) {}
};

HWY_INLINE Complex operator+(Complex a, Complex b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}
HWY_INLINE Complex operator-(Complex a, Complex b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}
/// -i * a
HWY_INLINE Complex TurnBack(Complex a) { return {a.im, hn::Neg(a.re)}; }
HWY_INLINE Complex Scale(Complex a, float s) {
  const V v = hn::Set(D(), s);
  return {hn::Mul(a.re, v), hn::Mul(a.im, v)};
}
/// a + s * b
HWY_INLINE Complex AddScaled(Complex a, float s, Complex b) {
  const V v = hn::Set(D(), s);
  return {hn::MulAdd(v, b.re, a.re), hn::MulAdd(v, b.im, a.im)};
}
/// a * (w[0] + i w[1])
HWY_INLINE Complex Twiddle(Complex a, const float* w) {
  const V re = hn::Set(D(), w[0]), im = hn::Set(D(), w[1]);
  return {hn::NegMulAdd(a.im, im, hn::Mul(a.re, re)), hn::MulAdd(a.im, re, hn::Mul(a.re, im))};
}

/// Complex vectors in memory: element i is its real vector, then its imaginary vector.
HWY_INLINE Complex Get(const float* data, std::size_t i) {
  const std::size_t lanes = hn::Lanes(D());
  return {hn::Load(D(), data + 2 * i * lanes), hn::Load(D(), data + (2 * i + 1) * lanes)};
}
HWY_INLINE void Put(Complex a, float* data, std::size_t i) {
  const std::size_t lanes = hn::Lanes(D());
  hn::Store(a.re, D(), data + 2 * i * lanes);
  hn::Store(a.im, D(), data + (2 * i + 1) * lanes);
}

// Butterflies: x[0..radix) becomes its transform of length radix.

HWY_INLINE void Butterfly2(Complex* x) {
  const Complex sum = x[0] + x[1];
  x[1] = x[0] - x[1];
  x[0] = sum;
}

HWY_INLINE void Butterfly3(Complex* x) {
  const float s = std::numbers::sqrt3_v<float> / 2;
  const Complex sum = x[1] + x[2];
  const Complex turned = Scale(TurnBack(x[1] - x[2]), s);
  const Complex middle = AddScaled(x[0], -0.5F, sum);
  x[0] = x[0] + sum;
  x[1] = middle + turned;
  x[2] = middle - turned;
}

HWY_INLINE void Butterfly4(Complex* x) {
  const Complex even_sum = x[0] + x[2], even_difference = x[0] - x[2];
  const Complex odd_sum = x[1] + x[3], odd_difference = TurnBack(x[1] - x[3]);
  x[0] = even_sum + odd_sum;
  x[1] = even_difference + odd_difference;
  x[2] = even_sum - odd_sum;
  x[3] = even_difference - odd_difference;
}

HWY_INLINE void Butterfly5(Complex* x) {
  // cos and sin of 2 pi / 5 and 4 pi / 5
  constexpr float kC1 = 0.30901699437494745F, kS1 = 0.95105651629515353F;
  constexpr float kC2 = -0.80901699437494745F, kS2 = 0.58778525229247314F;
  const Complex sum1 = x[1] + x[4], sum2 = x[2] + x[3];
  const Complex difference1 = TurnBack(x[1] - x[4]), difference2 = TurnBack(x[2] - x[3]);
  const Complex real1 = AddScaled(AddScaled(x[0], kC1, sum1), kC2, sum2);
  const Complex real2 = AddScaled(AddScaled(x[0], kC2, sum1), kC1, sum2);
  const Complex turned1 = AddScaled(Scale(difference1, kS1), kS2, difference2);
  const Complex turned2 = AddScaled(Scale(difference1, kS2), -kS1, difference2);
  x[0] = x[0] + sum1 + sum2;
  x[1] = real1 + turned1;
  x[4] = real1 - turned1;
  x[2] = real2 + turned2;
  x[3] = real2 - turned2;
}

HWY_INLINE void Butterfly8(Complex* x) {
  Complex even[4] = {x[0], x[2], x[4], x[6]}, odd[4] = {x[1], x[3], x[5], x[7]};
  Butterfly4(even);
  Butterfly4(odd);
  // exp(-i pi / 4) and its odd powers
  constexpr float kHalfRoot = std::numbers::sqrt2_v<float> / 2;
  odd[1] = Scale(odd[1] + TurnBack(odd[1]), kHalfRoot);
  odd[2] = TurnBack(odd[2]);
  odd[3] = Scale(TurnBack(odd[3]) - odd[3], kHalfRoot);
  for (std::size_t k = 0; k < 4; ++k) {
    x[k] = even[k] + odd[k];
    x[k + 4] = even[k] - odd[k];
  }
}

constexpr std::size_t kLargestRadix = 13;

/// Any odd radix, by its definition over pairs: `roots` holds cos, sin of 2 pi j / radix.
HWY_INLINE void ButterflyOdd(Complex* x, std::size_t radix, const float* roots) {
  Complex sums[kLargestRadix / 2], differences[kLargestRadix / 2];
  const std::size_t half = radix / 2;
  Complex total = x[0];
  for (std::size_t j = 1; j <= half; ++j) {
    sums[j - 1] = x[j] + x[radix - j];
    differences[j - 1] = TurnBack(x[j] - x[radix - j]);
    total = total + sums[j - 1];
  }
  const Complex first = x[0];
  x[0] = total;
  for (std::size_t k = 1; k <= half; ++k) {
    Complex real = first;
    Complex turned = {hn::Zero(D()), hn::Zero(D())};
    for (std::size_t j = 1; j <= half; ++j) {
      const float* root = roots + 2 * (j * k % radix);
      real = AddScaled(real, root[0], sums[j - 1]);
      turned = AddScaled(turned, root[1], differences[j - 1]);
    }
    x[k] = real + turned;
    x[radix - k] = real - turned;
  }
}

/// One pass from `in` to `out`, with a butterfly of fixed radix (0: pass.radix, odd).
template <std::size_t kRadix, typename Butterfly>
HWY_INLINE void RunPass(const FftPlan::Pass& pass, const float* in, float* out,
                        const Butterfly& butterfly) {
  const std::size_t radix = kRadix == 0 ? pass.radix : kRadix;
  const std::size_t stride = pass.stride, rest = pass.rest;
  for (std::size_t p = 0; p < rest; ++p) {
    const float* twiddles = pass.twiddles.data() + 2 * p * (radix - 1);
    for (std::size_t q = 0; q < stride; ++q) {
      Complex x[kRadix == 0 ? kLargestRadix : kRadix];
      for (std::size_t j = 0; j < radix; ++j) x[j] = Get(in, q + stride * (p + rest * j));
      butterfly(x);
      Put(x[0], out, q + stride * radix * p);
      for (std::size_t k = 1; k < radix; ++k) {
        Put(Twiddle(x[k], twiddles + 2 * (k - 1)), out, q + stride * (radix * p + k));
      }
    }
  }
}

/// Transforms `data` using `other` of the same size; returns the one that holds the result.
float* RunPasses(const FftPlan& plan, float* data, float* other) {
  for (const FftPlan::Pass& pass : plan.passes()) {
    switch (pass.radix) {
      case 2:
        RunPass<2>(pass, data, other, [](Complex* x) { Butterfly2(x); });
        break;
      case 3:
        RunPass<3>(pass, data, other, [](Complex* x) { Butterfly3(x); });
        break;
      case 4:
        RunPass<4>(pass, data, other, [](Complex* x) { Butterfly4(x); });
        break;
      case 5:
        RunPass<5>(pass, data, other, [](Complex* x) { Butterfly5(x); });
        break;
      case 7:
        RunPass<7>(pass, data, other,
                   [&pass](Complex* x) { ButterflyOdd(x, 7, pass.roots.data()); });
        break;
      case 8:
        RunPass<8>(pass, data, other, [](Complex* x) { Butterfly8(x); });
        break;
      default:
        RunPass<0>(pass, data, other,
                   [&pass](Complex* x) { ButterflyOdd(x, pass.radix, pass.roots.data()); });
    }
    std::swap(data, other);
  }
  return data;
}

/// Bluestein's transform of `data`, in place; needs two buffers of the inner plan's length.
void RunChirp(const FftPlan& plan, float* data, float* work, float* other) {
  const FftPlan::Chirp& chirp = *plan.chirp();
  const std::size_t inner = chirp.plan->length();
  const float* modulation = chirp.modulation.data();
  const Complex zero = {hn::Zero(D()), hn::Zero(D())};
  for (std::size_t k = 0; k < inner; ++k) {
    Put(k < plan.length() ? Twiddle(Get(data, k), modulation + 2 * k) : zero, work, k);
  }
  float* spectrum = RunPasses(*chirp.plan, work, other);
  float* free = spectrum == work ? other : work;
  // The inverse transform is the forward one with real and imaginary parts exchanged.
  for (std::size_t k = 0; k < inner; ++k) {
    const Complex product = Twiddle(Get(spectrum, k), chirp.kernel.data() + 2 * k);
    Put({product.im, product.re}, spectrum, k);
  }
  const float* result = RunPasses(*chirp.plan, spectrum, free);
  for (std::size_t k = 0; k < plan.length(); ++k) {
    const Complex swapped = Get(result, k);
    Put(Twiddle({swapped.im, swapped.re}, modulation + 2 * k), data, k);
  }
}

/// The transform of the elements in `scratch`; returns where in scratch the result is.
float* Transform(const FftPlan& plan, float* scratch) {
  const std::size_t size = 2 * plan.length() * hn::Lanes(D());
  if (plan.chirp() == nullptr) return RunPasses(plan, scratch, scratch + size);
  const std::size_t inner = 2 * plan.chirp()->plan->length() * hn::Lanes(D());
  RunChirp(plan, scratch, scratch + size, scratch + size + inner);
  return scratch;
}

/// Up to a vector of channels at one place.
class Channels {
 public:
  explicit Channels(std::size_t left) : count_(std::min(left, hn::Lanes(D()))) {}

  HWY_INLINE V Load(const float* from) const {
    return full() ? hn::LoadU(D(), from) : LoadPart(D(), from, count_);
  }
  HWY_INLINE void Store(V v, float* to) const {
    if (full()) {
      hn::StoreU(v, D(), to);
    } else {
      StorePart(v, D(), to, count_);
    }
  }

 private:
  bool full() const { return count_ == hn::Lanes(D()); }
  std::size_t count_;
};

void RealForward(const FftPlan& plan, std::size_t channels, float scale, PixelRow<const float> row0,
                 const float* row1, PixelRow<float> spectrum0, float* spectrum1, float* scratch) {
  const D d;
  const std::size_t n = plan.length();
  const V factor = hn::Set(d, scale);
  // The spectra of the two rows are the Hermitian and anti-Hermitian halves of the joint one.
  const V half = hn::Set(d, 0.5F);
  for (std::size_t c = 0; c < channels; c += hn::Lanes(d)) {
    const Channels part(channels - c);
    for (std::size_t x = 0; x < n; ++x) {
      const V re = hn::Mul(factor, part.Load(row0.data + x * row0.stride + c));
      const V im =
          row1 == nullptr ? hn::Zero(d) : hn::Mul(factor, part.Load(row1 + x * row0.stride + c));
      Put({re, im}, scratch, x);
    }
    const float* joint = Transform(plan, scratch);
    for (std::size_t k = 0; k <= n / 2; ++k) {
      const Complex a = Get(joint, k), b = Get(joint, k == 0 ? 0 : n - k);
      float* out0 = spectrum0.data + k * spectrum0.stride + c;
      part.Store(hn::Mul(half, hn::Add(a.re, b.re)), out0);
      part.Store(hn::Mul(half, hn::Sub(a.im, b.im)), out0 + channels);
      if (spectrum1 == nullptr) continue;
      float* out1 = spectrum1 + k * spectrum0.stride + c;
      part.Store(hn::Mul(half, hn::Add(a.im, b.im)), out1);
      part.Store(hn::Mul(half, hn::Sub(b.re, a.re)), out1 + channels);
    }
  }
}

void RealInverse(const FftPlan& plan, std::size_t channels, float scale,
                 PixelRow<const float> spectrum0, const float* spectrum1, PixelRow<float> row0,
                 float* row1, float* scratch) {
  const D d;
  const std::size_t n = plan.length();
  const V factor = hn::Set(d, scale);
  const Complex zero = {hn::Zero(d), hn::Zero(d)};
  for (std::size_t c = 0; c < channels; c += hn::Lanes(d)) {
    const Channels part(channels - c);
    for (std::size_t k = 0; k <= n / 2; ++k) {
      const bool edge = k == 0 || 2 * k == n;
      const auto load = [&](const float* spectrum) -> Complex {
        if (spectrum == nullptr) return zero;
        const float* at = spectrum + k * spectrum0.stride + c;
        return {part.Load(at), edge ? hn::Zero(d) : part.Load(at + channels)};
      };
      const Complex a = load(spectrum0.data), b = load(spectrum1);
      // a + i b, and its mirror image conj(a) + i conj(b); real and imaginary parts exchanged,
      // so that the forward transform below is an inverse one.
      Put({hn::Add(a.im, b.re), hn::Sub(a.re, b.im)}, scratch, k);
      if (!edge) Put({hn::Sub(b.re, a.im), hn::Add(a.re, b.im)}, scratch, n - k);
    }
    const float* joint = Transform(plan, scratch);
    for (std::size_t x = 0; x < n; ++x) {
      const Complex swapped = Get(joint, x);
      float* out0 = row0.data + x * row0.stride + c;
      part.Store(hn::MulAdd(factor, swapped.im, part.Load(out0)), out0);
      if (row1 == nullptr) continue;
      float* out1 = row1 + x * row0.stride + c;
      part.Store(hn::MulAdd(factor, swapped.re, part.Load(out1)), out1);
    }
  }
}

void Column(const FftPlan& plan, std::size_t channels, bool inverse, PixelRow<float> column,
            float* scratch) {
  // Exchanging real and imaginary parts on the way in and out turns the transform around.
  const std::size_t re = inverse ? channels : 0, im = inverse ? 0 : channels;
  for (std::size_t c = 0; c < channels; c += hn::Lanes(D())) {
    const Channels part(channels - c);
    float* data = column.data + c;
    for (std::size_t y = 0; y < plan.length(); ++y) {
      const float* pixel = data + y * column.stride;
      Put({part.Load(pixel + re), part.Load(pixel + im)}, scratch, y);
    }
    const float* result = Transform(plan, scratch);
    for (std::size_t y = 0; y < plan.length(); ++y) {
      const Complex value = Get(result, y);
      float* pixel = data + y * column.stride;
      part.Store(value.re, pixel + re);
      part.Store(value.im, pixel + im);
    }
  }
}

size_t FftLanes() { return hn::Lanes(D()); }

}  // namespace lama::internal::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lama::internal::engine {
namespace {

/// exp(-2 pi i numerator / denominator), rounded once.
std::complex<double> root(std::size_t numerator, std::size_t denominator) {
  const double angle = -2 * std::numbers::pi * static_cast<double>(numerator % denominator) /
                       static_cast<double>(denominator);
  return std::polar(1.0, angle);
}

void append(std::vector<float>& list, std::complex<double> value) {
  list.push_back(static_cast<float>(value.real()));
  list.push_back(static_cast<float>(value.imag()));
}

/// Splits off the radices that have butterflies; the rest is 1 or has a large prime factor.
std::size_t factor(std::size_t length, std::vector<std::size_t>& radices) {
  for (const std::size_t radix : {8U, 4U, 2U, 3U, 5U, 7U, 11U, 13U}) {
    for (; length % radix == 0; length /= radix) {
      // 4 * 4 is less work than 8 * 2.
      if (radix == 8 && length % 16 == 0 && length % 32 != 0) break;
      radices.push_back(radix);
    }
  }
  return length;
}

/// The smallest length >= `least` made of the cheap radices 2, 3, 4 and 5.
std::size_t convenient_length(std::size_t least) {
  for (std::size_t length = least;; ++length) {
    std::size_t rest = length;
    for (const std::size_t prime : {2U, 3U, 5U}) {
      while (rest % prime == 0) rest /= prime;
    }
    if (rest == 1) return length;
  }
}

/// A recursive transform in double, which only makes the chirp's kernel.
std::vector<std::complex<double>> transform(std::vector<std::complex<double>> x) {
  // Recursive decimation over the smallest factor keeps this fast enough for plan making.
  const std::size_t n = x.size();
  if (n <= 1) return x;
  std::size_t radix = 2;
  while (n % radix != 0) ++radix;
  const std::size_t rest = n / radix;
  std::vector<std::vector<std::complex<double>>> parts;
  for (std::size_t j = 0; j < radix; ++j) {
    std::vector<std::complex<double>> part(rest);
    for (std::size_t i = 0; i < rest; ++i) part[i] = x[i * radix + j];
    parts.push_back(transform(std::move(part)));
  }
  for (std::size_t i = 0; i < rest; ++i) {
    for (std::size_t k = i; k < n; k += rest) {
      x[k] = 0;
      for (std::size_t j = 0; j < radix; ++j) x[k] += parts[j][i] * root(j * k, n);
    }
  }
  return x;
}

}  // namespace

HWY_EXPORT(RealForward);
HWY_EXPORT(RealInverse);
HWY_EXPORT(Column);
HWY_EXPORT(FftLanes);

FftPlan::FftPlan(std::size_t length) : length_(length) {
  std::vector<std::size_t> radices;
  if (factor(length, radices) == 1) {
    std::size_t stride = 1, rest = length;
    for (const std::size_t radix : radices) {
      rest /= radix;
      Pass pass{radix, rest, stride, {}, {}};
      for (std::size_t p = 0; p < rest; ++p) {
        for (std::size_t k = 1; k < radix; ++k) append(pass.twiddles, root(p * k, radix * rest));
      }
      if (radix > 5 && radix != 8) {
        for (std::size_t j = 0; j < radix; ++j) append(pass.roots, std::conj(root(j, radix)));
      }
      passes_.push_back(std::move(pass));
      stride *= radix;
    }
    return;
  }
  const std::size_t inner = convenient_length(2 * length - 1);
  chirp_ = std::make_unique<Chirp>();
  chirp_->plan = std::make_unique<FftPlan>(inner);
  std::vector<std::complex<double>> kernel(inner);
  for (std::size_t k = 0; k < length; ++k) {
    const std::complex<double> chirp = root(k * k % (2 * length), 2 * length);
    append(chirp_->modulation, chirp);
    // The convolution's own inverse transform is unscaled: its 1 / inner goes here.
    kernel[k] = kernel[(inner - k) % inner] = std::conj(chirp) / static_cast<double>(inner);
  }
  for (const auto value : transform(std::move(kernel))) append(chirp_->kernel, value);
}

std::size_t FftPlan::scratch(std::size_t length) {
  const std::size_t lanes = HWY_DYNAMIC_DISPATCH(FftLanes)();
  std::vector<std::size_t> radices;
  const bool whole = factor(length, radices) == 1;
  return 2 * lanes * (length + (whole ? length : 2 * convenient_length(2 * length - 1)));
}

void real_fft_rows(const FftPlan& plan, std::size_t channels, float scale,
                   PixelRow<const float> row0, const float* row1, PixelRow<float> spectrum0,
                   float* spectrum1, float* scratch) {
  HWY_DYNAMIC_DISPATCH(RealForward)
  (plan, channels, scale, row0, row1, spectrum0, spectrum1, scratch);
}

void real_inverse_fft_rows(const FftPlan& plan, std::size_t channels, float scale,
                           PixelRow<const float> spectrum0, const float* spectrum1,
                           PixelRow<float> row0, float* row1, float* scratch) {
  HWY_DYNAMIC_DISPATCH(RealInverse)
  (plan, channels, scale, spectrum0, spectrum1, row0, row1, scratch);
}

void fft_column(const FftPlan& plan, std::size_t channels, bool inverse, PixelRow<float> column,
                float* scratch) {
  HWY_DYNAMIC_DISPATCH(Column)(plan, channels, inverse, column, scratch);
}

}  // namespace lama::internal::engine
#endif

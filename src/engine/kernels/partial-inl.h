// Vectors with only their first few lanes in memory: the channels at the end of a pixel, next to
// which another thread may be writing the next pixel.

// Included once per instruction set, as Highway's own -inl.h files are.
#if defined(LAMA_ENGINE_KERNELS_PARTIAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMA_ENGINE_KERNELS_PARTIAL_INL_H_
#undef LAMA_ENGINE_KERNELS_PARTIAL_INL_H_
#else
#define LAMA_ENGINE_KERNELS_PARTIAL_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace lama::internal::engine::HWY_NAMESPACE {

// Elsewhere Highway's masked load reads the whole vector, and its masked store reads, blends and
// writes the whole vector, which would undo another thread's writes beside it.
constexpr bool kHasMaskedMemory = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2;

/// The first `count` < Lanes(d) lanes; the others are 0.
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> LoadPart(D d, const float* from, std::size_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  if constexpr (kHasMaskedMemory) return hn::MaskedLoad(hn::FirstN(d, count), d, from);
  HWY_ALIGN float lanes[hn::MaxLanes(d)] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i] = from[i];
  return hn::Load(d, lanes);
}

/// Stores the first `count` < Lanes(d) lanes and touches nothing beyond them.
template <class D>
HWY_INLINE void StorePart(hwy::HWY_NAMESPACE::Vec<D> v, D d, float* to, std::size_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  if constexpr (kHasMaskedMemory) {
    hn::BlendedStore(v, hn::FirstN(d, count), d, to);
    return;
  }
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (std::size_t i = 0; i < count; ++i) to[i] = lanes[i];
}

}  // namespace lama::internal::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LAMA_ENGINE_KERNELS_PARTIAL_INL_H_

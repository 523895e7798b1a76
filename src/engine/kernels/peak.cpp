#include "engine/peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/peak.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway demands.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lama::internal::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

double MultiplyAdd(std::size_t count) {
  const hn::CappedTag<float, 16> d;
  constexpr std::size_t kSums = 12;  // more than the latency of the units times their number
  const auto factor = hn::Set(d, 0.999F), addend = hn::Set(d, 0.001F);
  hn::Vec<decltype(d)> sums[kSums];
#pragma GCC unroll 12
  for (std::size_t i = 0; i < kSums; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  const std::size_t rounds = count / (kSums * hn::Lanes(d)) + 1;
  for (std::size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (std::size_t i = 0; i < kSums; ++i) sums[i] = hn::MulAdd(sums[i], factor, addend);
  }
  // The sums are stored, so that no compiler leaves them out.
  volatile float sink = 0;
  for (const auto& sum : sums) sink = hn::GetLane(sum);
  static_cast<void>(sink);
  return static_cast<double>(rounds * kSums * hn::Lanes(d));
}

}  // namespace lama::internal::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lama::internal::engine {

HWY_EXPORT(MultiplyAdd);

double multiply_add(std::size_t count) { return HWY_DYNAMIC_DISPATCH(MultiplyAdd)(count); }

}  // namespace lama::internal::engine
#endif

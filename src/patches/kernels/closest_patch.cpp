#include "patches/kernels/closest_patch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "patches/kernels/closest_patch.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lama::internal::patches::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

/// Rows between two checks whether a candidate is still below the bound. A check costs about as
/// much as a row.
constexpr std::size_t kRowsBetweenLooks = 3;

ClosestPatch Closest(const float* HWY_RESTRICT target, const float* const* candidates,
                     std::size_t count, const PatchShape& shape, float bound) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t whole = shape.samples / lanes * lanes;
  const auto rest = hn::FirstN(d, shape.samples - whole);
  ClosestPatch best{count, bound};
  for (std::size_t i = 0; i < count; ++i) {
    const float* HWY_RESTRICT a = target;
    const float* HWY_RESTRICT b = candidates[i];
    V sum = hn::Zero(d), rest_sum = hn::Zero(d);
    float distance = 0;
    std::size_t row = 0;
    while (true) {
      for (std::size_t k = 0; k < whole; k += lanes) {
        const V difference = hn::Sub(hn::LoadU(d, a + k), hn::LoadU(d, b + k));
        sum = hn::MulAdd(difference, difference, sum);
      }
      const V difference =
          hn::IfThenElseZero(rest, hn::Sub(hn::LoadU(d, a + whole), hn::LoadU(d, b + whole)));
      rest_sum = hn::MulAdd(difference, difference, rest_sum);
      a += shape.stride;
      b += shape.stride;
      ++row;
      if (row == shape.rows || row % kRowsBetweenLooks == 0) {
        distance = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum, rest_sum)));
        // In this form a NaN sum ends here too.
        if (!(distance < best.distance)) break;
        if (row == shape.rows) {
          best = {i, distance};
          break;
        }
      }
    }
  }
  return best;
}

}  // namespace lama::internal::patches::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lama::internal::patches {

HWY_EXPORT(Closest);

ClosestPatch closest_patch(const float* target, const float* const* candidates, std::size_t count,
                           const PatchShape& shape, float bound) {
  return HWY_DYNAMIC_DISPATCH(Closest)(target, candidates, count, shape, bound);
}

}  // namespace lama::internal::patches
#endif

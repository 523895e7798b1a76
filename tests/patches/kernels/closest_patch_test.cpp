#include "patches/kernels/closest_patch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "base/aligned_buffer.h"

namespace lama::internal::patches {
namespace {

/// The plain twin.
ClosestPatch plain(const float* target, const std::vector<const float*>& candidates,
                   const PatchShape& shape, float bound) {
  ClosestPatch best{candidates.size(), bound};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    double sum = 0;
    for (std::size_t y = 0; y < shape.rows; ++y) {
      for (std::size_t x = 0; x < shape.samples; ++x) {
        const double d = static_cast<double>(target[y * shape.stride + x]) -
                         static_cast<double>(candidates[i][y * shape.stride + x]);
        sum += d * d;
      }
    }
    if (sum < static_cast<double>(best.distance)) best = {i, static_cast<float>(sum)};
  }
  return best;
}

/// Samples of whole numbers: sums are exact in any order, so that both find the same bits.
AlignedBuffer whole_numbers(std::size_t count) {
  std::mt19937 random(1);
  AlignedBuffer samples(count);
  for (std::size_t i = 0; i < count; ++i) samples.data()[i] = static_cast<float>(random() % 64);
  return samples;
}

TEST(ClosestPatch, FindsWhatThePlainTwinFinds) {
  const std::size_t stride = 200;
  const AlignedBuffer samples = whole_numbers(stride * 40);
  std::mt19937 random(2);
  for (const std::size_t rows : {1U, 2U, 3U, 7U, 13U}) {
    for (std::size_t length = 1; length <= 70; ++length) {
      std::vector<const float*> candidates;
      for (int i = 0; i < 9; ++i) {
        candidates.push_back(samples.data() + stride * (random() % 27) + random() % (stride - 70));
      }
      const PatchShape shape{rows, length, stride};
      const float* target = samples.data() + 17;
      for (const float bound : {1e30F, 700.0F * static_cast<float>(rows * length)}) {
        const ClosestPatch expected = plain(target, candidates, shape, bound);
        const ClosestPatch found =
            closest_patch(target, candidates.data(), candidates.size(), shape, bound);
        EXPECT_EQ(found.candidate, expected.candidate) << rows << " x " << length;
        EXPECT_EQ(found.distance, expected.distance) << rows << " x " << length;
      }
    }
  }
}

TEST(ClosestPatch, WhatIsNotANumberIsNeverCloser) {
  AlignedBuffer samples(64);
  std::fill_n(samples.data(), 64, 0.0F);
  samples.data()[20] = std::numeric_limits<float>::quiet_NaN();
  const float* candidate = samples.data() + 18;
  EXPECT_EQ(closest_patch(samples.data(), &candidate, 1, {1, 5, 8}, 1e30F).candidate, 1U);
}

TEST(ClosestPatch, OfEqualsTheFirst) {
  AlignedBuffer samples(64);
  std::fill_n(samples.data(), 64, 0.0F);
  const float* candidates[] = {samples.data() + 8, samples.data() + 16};
  EXPECT_EQ(closest_patch(samples.data(), candidates, 2, {2, 4, 8}, 1.0F).candidate, 0U);
  EXPECT_EQ(closest_patch(samples.data(), candidates, 2, {2, 4, 8}, 0.0F).candidate, 2U);
}

}  // namespace
}  // namespace lama::internal::patches

#include "engine/kernels/bf16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lama::internal::engine {
namespace {

// The products themselves are tested in gemm_test.cpp and winograd_test.cpp, beside those of
// float32.
TEST(Bf16, RoundsToTheNearestAndHalvesToEven) {
  EXPECT_EQ(to_bf16(0.0F), 0);
  EXPECT_EQ(to_bf16(1.0F), 0x3F80);
  EXPECT_EQ(to_bf16(-1.0F), 0xBF80);
  const float step = std::ldexp(1.0F, -7);  // between neighbours from 1 to 2
  EXPECT_EQ(to_bf16(1 + step), 0x3F81);
  EXPECT_EQ(to_bf16(1 + 0.49F * step), 0x3F80);
  EXPECT_EQ(to_bf16(1 + 0.51F * step), 0x3F81);
  EXPECT_EQ(to_bf16(1 + 0.5F * step), 0x3F80);
  EXPECT_EQ(to_bf16(1 + 1.5F * step), 0x3F82);
  EXPECT_EQ(to_bf16(-(1 + 1.5F * step)), 0xBF82);
  EXPECT_EQ(to_bf16(2 - 0.25F * step), 0x4000);
}

// Rounding a NaN whose upper bits are all ones would carry into the sign: it became zero.
TEST(Bf16, KeepsWhatIsNoNumber) {
  for (const std::uint32_t bits : {0x7FFFFFFFU, 0x7F800001U, 0xFFFFFFFFU, 0xFFC00000U}) {
    const std::uint16_t rounded = to_bf16(std::bit_cast<float>(bits));
    EXPECT_GT(rounded & 0x7FFF, 0x7F80) << bits;
    EXPECT_EQ(rounded >> 15, bits >> 31) << bits;
  }
  EXPECT_EQ(to_bf16(std::numeric_limits<float>::infinity()), 0x7F80);
}

}  // namespace
}  // namespace lama::internal::engine

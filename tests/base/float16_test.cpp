#include "base/float16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lama::internal {
namespace {

TEST(Half, HasTheValuesOfIeee754) {
  EXPECT_EQ(float_from_half(0x3c00), 1.0F);
  EXPECT_EQ(float_from_half(0xc000), -2.0F);
  EXPECT_EQ(float_from_half(0x3555), 0.333251953125F);
  EXPECT_EQ(float_from_half(0x7bff), 65504.0F);
  EXPECT_EQ(float_from_half(0x0400), 0x1p-14F);
  EXPECT_EQ(float_from_half(0x0001), 0x1p-24F);
  EXPECT_EQ(float_from_half(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(float_from_half(0x7e00)));
  EXPECT_TRUE(std::signbit(float_from_half(0x8000)));
}

TEST(Half, EveryValueSurvivesTheWayToFloatAndBack) {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (std::isnan(float_from_half(half))) {
      EXPECT_TRUE(std::isnan(float_from_half(half_from_float(float_from_half(half)))));
    } else {
      ASSERT_EQ(half_from_float(float_from_half(half)), half);
    }
  }
}

TEST(Bfloat16, EveryValueSurvivesTheWayToFloatAndBack) {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (std::isnan(float_from_bf16(half))) {
      EXPECT_TRUE(std::isnan(float_from_bf16(bf16_from_float(float_from_bf16(half)))));
    } else {
      ASSERT_EQ(bf16_from_float(float_from_bf16(half)), half);
    }
  }
}

/// Checks rounding between every two neighbours from 0 up to the largest finite value.
template <typename ToFloat, typename FromFloat>
void check_rounding(std::uint16_t largest, ToFloat to_float, FromFloat from_float) {
  for (std::uint16_t low = 0; low < largest; ++low) {
    const auto high = static_cast<std::uint16_t>(low + 1);
    const float middle = to_float(low) + (to_float(high) - to_float(low)) / 2;
    ASSERT_EQ(from_float(std::nextafter(middle, 0.0F)), low);
    ASSERT_EQ(from_float(middle), low % 2 == 0 ? low : high) << "a tie goes to the even one";
    ASSERT_EQ(from_float(std::nextafter(middle, INFINITY)), high);
    ASSERT_EQ(from_float(-middle), 0x8000U | (low % 2 == 0 ? low : high));
  }
}

TEST(Half, RoundsToNearestEven) { check_rounding(0x7bff, float_from_half, half_from_float); }
// The first neighbours of bfloat16 have only subnormal floats between them, but follow the same
// rule.
TEST(Bfloat16, RoundsToNearestEven) { check_rounding(0x7f7f, float_from_bf16, bf16_from_float); }

// Rounding a NaN whose upper bits are all ones would carry into the sign: it became zero.
TEST(Bfloat16, KeepsWhatIsNoNumber) {
  for (const std::uint32_t bits : {0x7FFFFFFFU, 0x7F800001U, 0xFFFFFFFFU, 0xFFC00000U}) {
    const std::uint16_t rounded = bf16_from_float(std::bit_cast<float>(bits));
    EXPECT_GT(rounded & 0x7FFF, 0x7F80) << bits;
    EXPECT_EQ(rounded >> 15, bits >> 31) << bits;
  }
  EXPECT_EQ(bf16_from_float(std::numeric_limits<float>::infinity()), 0x7F80);
}

TEST(Half, OverflowsToInfinityAtTheMiddle) {
  EXPECT_EQ(half_from_float(std::nextafter(65520.0F, 0.0F)), 0x7bff);
  EXPECT_EQ(half_from_float(65520.0F), 0x7c00);
  EXPECT_EQ(half_from_float(-1e30F), 0xfc00);
  EXPECT_EQ(half_from_float(std::numeric_limits<float>::denorm_min()), 0);
}

}  // namespace
}  // namespace lama::internal

#include "masks/mt19937.h"

#include <array>
#include <random>

#include "tests/testing.h"

namespace lama::internal::masks {
namespace {

TEST(Mt19937, SeededByANumberIsTheStandardLibrarys) {
  for (const std::uint32_t seed : {0U, 1U, 5489U, 0xffffffffU}) {
    Mt19937 ours(seed);
    std::mt19937 standard(seed);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(ours.next(), standard()) << seed << " " << i;
  }
}

TEST(Mt19937, SeededByAnArrayGivesTheAuthorsNumbers) {
  // The beginning of mt19937ar.out, part of Matsumoto and Nishimura's program.
  const std::array<std::uint32_t, 4> key = {0x123, 0x234, 0x345, 0x456};
  Mt19937 twister(key);
  for (const std::uint32_t expected :
       {1067595299U, 955945823U, 477289528U, 4107218783U, 4228976476U, 3344332714U}) {
    EXPECT_EQ(twister.next(), expected);
  }
}

}  // namespace
}  // namespace lama::internal::masks

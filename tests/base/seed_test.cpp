#include "base/seed.h"

#include <set>
#include <string>

#include "tests/testing.h"

namespace lama::internal {
namespace {

TEST(DerivedSeed, NeverChanges) {
  // Computed by derived_seed in tests/oracle/make_masks.py.
  EXPECT_EQ(derived_seed(0, ""), 655959175U);
  EXPECT_EQ(derived_seed(5, "whole"), 2975037321U);
  EXPECT_EQ(derived_seed(4294967295, "a/b\xc3\xa4"), 1959818283U);
}

TEST(DerivedSeed, DiffersByNameAndBySeed) {
  std::set<std::uint32_t> seeds;
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    for (int i = 0; i < 1000; ++i) seeds.insert(derived_seed(seed, std::to_string(i)));
  }
  // 10,000 of 2^32: we expect 0.01 equal pairs by chance.
  EXPECT_GE(seeds.size(), 9999U);
}

}  // namespace
}  // namespace lama::internal

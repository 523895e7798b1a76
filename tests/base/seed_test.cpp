#include "base/seed.h"

#include <set>
#include <string>

#include "tests/testing.h"

namespace lama::internal {
namespace {

TEST(Seed, HashesAsFnv1a) {
  // Vectors of Fowler, Noll and Vo.
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8);
  EXPECT_EQ(fnv1a("bar", fnv1a("foo")), fnv1a("foobar"));
}

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

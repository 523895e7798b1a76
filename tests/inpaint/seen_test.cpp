#include "inpaint/seen.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama::internal {
namespace {

Mask one_missing(int width, int height, int x, int y) {
  Mask mask{width, height, std::vector<std::uint8_t>(PixelSize{width, height}.pixels())};
  mask.missing[static_cast<std::size_t>(y * width + x)] = 1;
  return mask;
}

Part part_of(const Box& seen, const Box& filled) {
  Part part{{}, filled, seen, seen.width, seen.height};
  for (int y = filled.y; y < filled.bottom(); ++y) {
    part.filled.push_back({y, filled.x, filled.right()});
  }
  return part;
}

// What a soft edge may still show of an object must not reach the network, wherever its hole is.
TEST(Seen, HidesTheRimOfAHoleThatLiesOutside) {
  const Image image(100, 50, 3, Depth::u8);
  const Mask mask = one_missing(100, 50, 60, 25), nothing = one_missing(100, 50, 99, 49);
  const Part part = part_of({0, 0, 50, 50}, {10, 10, 5, 5});
  const Seen seen = look(image, mask, nothing, part, {.dilate = 15, .feather = 5});
  const auto at = [&](int x) { return part.seen.index(x, 25); };
  EXPECT_EQ(seen.cover[at(45)], 1);
  EXPECT_GT(seen.cover[at(44)], 0);
  EXPECT_LT(seen.cover[at(44)], 1);
  EXPECT_EQ(seen.cover[at(39)], 0);
  EXPECT_NE(seen.missing[at(40)], 0);
  EXPECT_EQ(seen.missing[at(39)], 0);
}

// A grown hole is round, and the part of it that a tile contains may be an empty corner.
TEST(Seen, KnowsWhetherAPartReplacesAnything) {
  const Image image(50, 50, 3, Depth::u8);
  const Mask mask = one_missing(50, 50, 20, 20);
  const auto replaces = [&](const Box& filled) {
    const Part part = part_of({0, 0, 50, 50}, filled);
    return replaces_any(part, look(image, mask, one_missing(50, 50, 49, 49), part, {.dilate = 10}));
  };
  EXPECT_TRUE(replaces({10, 20, 1, 1}));
  EXPECT_TRUE(replaces({10, 10, 20, 20}));
  EXPECT_FALSE(replaces({10, 10, 3, 2}));
}

}  // namespace
}  // namespace lama::internal

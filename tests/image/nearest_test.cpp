#include "image/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace lama::internal {
namespace {

std::vector<int> pixels(int to, int from) {
  std::vector<int> result;
  for (int i = 0; i < to; ++i) result.push_back(nearest(i, to, from));
  return result;
}

TEST(Nearest, IsThePixelUnderTheMiddle) {
  using Pixels = std::vector<int>;
  EXPECT_EQ(pixels(4, 4), (Pixels{0, 1, 2, 3}));
  EXPECT_EQ(pixels(5, 2), (Pixels{0, 0, 1, 1, 1})) << "the right one of two at their edge";
  EXPECT_EQ(pixels(2, 5), (Pixels{1, 3}));
  EXPECT_EQ(pixels(1, 4), (Pixels{2}));
}

TEST(Nearest, DoesNotOverflow) {
  constexpr int kMost = 2'000'000'000;
  EXPECT_EQ(nearest(kMost - 1, kMost, kMost), kMost - 1);
}

}  // namespace
}  // namespace lama::internal

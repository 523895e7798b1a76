#include "patches/minimum_cut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace lama::internal::patches {
namespace {

/// A grid that keeps its costs, to compute the cost of any assignment.
struct Grid {
  int width, height;
  std::vector<std::int32_t> second, right, below;

  Grid(int w, int h, std::uint32_t seed) : width(w), height(h) {
    std::mt19937 random(seed);
    for (int i = 0; i < w * h; ++i) {
      second.push_back(static_cast<std::int32_t>(random() % 41) - 20);
      right.push_back(static_cast<std::int32_t>(random() % 16));
      below.push_back(static_cast<std::int32_t>(random() % 16));
    }
  }

  void build(MinimumCut& cut) const {
    cut.reset(second.size());
    for (std::size_t i = 0; i < second.size(); ++i) {
      cut.add_cost_of_second(i, second[i]);
      const auto w = static_cast<std::size_t>(width);
      if ((i + 1) % w != 0) cut.connect(i, MinimumCut::right, i + 1, right[i]);
      if (i + w < second.size()) cut.connect(i, MinimumCut::below, i + w, below[i]);
    }
  }

  template <typename OnSecond>
  int cost(const OnSecond& on_second) const {
    int sum = 0;
    for (std::size_t i = 0; i < second.size(); ++i) {
      const auto w = static_cast<std::size_t>(width);
      if (on_second(i)) {
        sum += second[i];
        continue;
      }
      if ((i + 1) % w != 0 && on_second(i + 1)) sum += right[i];
      if (i + w < second.size() && on_second(i + w)) sum += below[i];
    }
    return sum;
  }
};

TEST(MinimumCut, IsTheBestOfAllAssignments) {
  MinimumCut cut;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const Grid grid(4, 3, seed);
    grid.build(cut);
    cut.solve();
    int least = std::numeric_limits<int>::max();
    for (unsigned bits = 0; bits < 1U << 12U; ++bits) {
      least = std::min(least, grid.cost([&](std::size_t i) { return (bits >> i) % 2 == 1; }));
    }
    EXPECT_EQ(grid.cost([&](std::size_t i) { return cut.on_second_side(i); }), least) << seed;
  }
}

TEST(MinimumCut, OfLargeGridsIsBetterThanAnyChangeOfARow) {
  MinimumCut cut;
  const Grid grid(60, 50, 1);
  grid.build(cut);
  cut.solve();
  const int found = grid.cost([&](std::size_t i) { return cut.on_second_side(i); });
  for (std::size_t row = 0; row < 50; ++row) {
    for (const bool second : {false, true}) {
      EXPECT_LE(found, grid.cost([&](std::size_t i) {
        return i / 60 == row ? second : cut.on_second_side(i);
      }));
    }
  }
}

TEST(MinimumCut, AcceptsAnEmptyGraph) {
  MinimumCut cut;
  cut.reset(0);
  cut.solve();
  cut.reset(1);
  cut.solve();
  EXPECT_FALSE(cut.on_second_side(0));
}

}  // namespace
}  // namespace lama::internal::patches

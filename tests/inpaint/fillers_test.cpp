#include "inpaint/fillers.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace lama::internal {
namespace {

constexpr int kMapWidth = 200, kMapHeight = 100;

Mask mask_with(const std::vector<Box>& holes) {
  Mask mask{kMapWidth, kMapHeight, std::vector<std::uint8_t>(std::size_t{kMapWidth} * kMapHeight)};
  for (const Box& hole : holes) {
    for (int y = hole.y; y < hole.bottom(); ++y) {
      for (int x = hole.x; x < hole.right(); ++x) {
        mask.missing[static_cast<std::size_t>(y * kMapWidth + x)] = 1;
      }
    }
  }
  return mask;
}

/// The whole picture, or the rows of `box` alone.
Part part_of(const Box& box = {0, 0, kMapWidth, kMapHeight}) {
  Part part{{}, box, {0, 0, kMapWidth, kMapHeight}, kMapWidth, kMapHeight};
  for (int y = box.y; y < box.bottom(); ++y) part.filled.push_back({y, box.x, box.right()});
  return part;
}

std::vector<std::uint8_t> pixels_of(const Part& part) {
  std::vector<std::uint8_t> pixels(std::size_t{kMapWidth} * kMapHeight);
  for (const Run& run : part.filled) {
    for (int x = run.begin; x < run.end; ++x) {
      ++pixels[static_cast<std::size_t>(run.y * kMapWidth + x)];
    }
  }
  return pixels;
}

const Box kThin{20, 20, 40, 6}, kThick{100, 20, 50, 50};

TEST(Fillers, GiveThickHolesToCopiesAndThinOnesToTheNetwork) {
  const std::vector<FilledPart> thin = assign_fillers({part_of()}, mask_with({kThin}), 4, 20);
  ASSERT_EQ(thin.size(), 1U);
  EXPECT_EQ(thin.front().filler, Filler::network);
  const std::vector<FilledPart> thick = assign_fillers({part_of()}, mask_with({kThick}), 4, 20);
  ASSERT_EQ(thick.size(), 1U);
  EXPECT_EQ(thick.front().filler, Filler::copies);
  EXPECT_EQ(thick.front().thickest, 50);
}

TEST(Fillers, DivideAPartWithHolesOfBothKinds) {
  const std::vector<FilledPart> parts =
      assign_fillers({part_of()}, mask_with({kThin, kThick}), 4, 20);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].filler, Filler::copies);
  EXPECT_EQ(parts[0].part.hole, (Box{96, 16, 58, 58})) << "the thick hole, grown by the reach";
  EXPECT_EQ(parts[1].filler, Filler::network);
  const auto copied = pixels_of(parts[0].part), filled = pixels_of(parts[1].part);
  const Box copies{96, 16, 58, 58}, network{16, 16, 48, 14};
  const auto in = [](const Box& box, int x, int y) {
    return x >= box.x && x < box.right() && y >= box.y && y < box.bottom() ? 1 : 0;
  };
  for (int y = 0; y < kMapHeight; ++y) {
    for (int x = 0; x < kMapWidth; ++x) {
      const auto i = static_cast<std::size_t>(y * kMapWidth + x);
      ASSERT_EQ(copied[i], in(copies, x, y)) << x << ' ' << y;
      ASSERT_EQ(filled[i], in(network, x, y)) << x << ' ' << y;
    }
  }
}

TEST(Fillers, TakeHolesThatTouchAfterGrowingAsOne) {
  const Mask mask = mask_with({{94, 20, 4, 4}, kThick});
  EXPECT_EQ(assign_fillers({part_of()}, mask, 0, 20).size(), 2U);
  EXPECT_EQ(assign_fillers({part_of()}, mask, 4, 20).size(), 1U);
}

// Letters: each is thin, and what is replaced is their line.
TEST(Fillers, TakeHolesThatGrowTogetherForAsThickAsTheyAreTogether) {
  std::vector<Box> letters;
  for (int x = 20; x < 120; x += 10) letters.push_back({x, 30, 4, 40});
  const std::vector<FilledPart> apart = assign_fillers({part_of()}, mask_with(letters), 2, 20);
  ASSERT_EQ(apart.size(), 1U);
  EXPECT_EQ(apart.front().filler, Filler::network);
  EXPECT_EQ(apart.front().thickest, 4) << "as before they grow";
  const std::vector<FilledPart> line = assign_fillers({part_of()}, mask_with(letters), 3, 20);
  ASSERT_EQ(line.size(), 1U);
  EXPECT_EQ(line.front().filler, Filler::copies);
  EXPECT_EQ(line.front().thickest, 40);
}

TEST(Fillers, MeasureAHoleAfterItGrows) {
  const std::vector<Box> line{{20, 20, 100, 4}};
  for (const int reach : {8, 9}) {
    const std::vector<FilledPart> parts = assign_fillers({part_of()}, mask_with(line), reach, 20);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts.front().filler, reach == 8 ? Filler::network : Filler::copies);
    EXPECT_EQ(parts.front().thickest, 4);
  }
}

// A tile's edge pixels may be replaced because of a hole beside the tile.
TEST(Fillers, KnowTheHolesBesideAPart) {
  const Box beside{kThick.right(), kThick.y, 4, kThick.height};
  const std::vector<FilledPart> parts =
      assign_fillers({part_of(beside)}, mask_with({kThick}), 4, 20);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts.front().filler, Filler::copies);
}

TEST(Fillers, LeaveAllToANetworkThatFillsEveryHole) {
  const std::vector<FilledPart> parts =
      assign_fillers({part_of()}, mask_with({kThick, kThin}), 4, std::numeric_limits<int>::max());
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts.front().filler, Filler::network);
}

}  // namespace
}  // namespace lama::internal

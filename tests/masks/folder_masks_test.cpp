#include "masks/folder_masks.h"

#include <cmath>
#include <set>
#include <string>

#include "tests/cli/files.h"
#include "tests/masks/fixtures.h"

namespace lama::internal::masks {
namespace {

using testing::error_of;
using testing::put;
using testing::put_mask;
using testing::share;
using testing::TemporaryFolder;

/// The column and the row of the first missing pixel from the left and from the top.
std::pair<int, int> corner(const Mask& mask) {
  int left = mask.width, top = mask.height;
  for (int i = 0; i < static_cast<int>(mask.missing.size()); ++i) {
    if (mask.missing[static_cast<std::size_t>(i)] == 0) continue;
    left = std::min(left, i % mask.width);
    top = std::min(top, i / mask.width);
  }
  return {left, top};
}

TEST(FolderMasks, HolesAreWholeAndAnywhere) {
  const TemporaryFolder folder;
  put_mask(folder / "a.png", 50, 40, 20, 10, 30, 25);  // 10 x 15 pixels
  const FolderMasks masks({.indir = folder.path()});
  std::set<int> lefts, tops;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    const Mask mask = masks.make({.width = 60, .height = 40}, random);
    ASSERT_EQ(mask.count(), 150U);
    lefts.insert(corner(mask).first);
    tops.insert(corner(mask).second);
  }
  EXPECT_EQ(lefts.size(), 51U);
  EXPECT_EQ(tops.size(), 26U);
}

TEST(FolderMasks, ScaleGoesByTheSmallerSides) {
  const TemporaryFolder folder;
  put_mask(folder / "a.png", 50, 40, 20, 10, 30, 30);
  const FolderMasks masks({.indir = folder.path(), .min_scale = 0.5, .max_scale = 2});
  double least = 1, most = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    const double side = std::sqrt(share(masks.make({.width = 80, .height = 80}, random)));
    least = std::min(least, side);
    most = std::max(most, side);
  }
  // 10 x 20 of 40 pixels: the root of the share is 0.354 at scale 1.
  EXPECT_NEAR(least, 0.354 * 0.5, 0.02);
  EXPECT_NEAR(most, 0.354 * 2, 0.02);
}

TEST(FolderMasks, MirrorsOnlyAsAllowed) {
  const TemporaryFolder folder;
  // An L, whose mirror images all differ.
  put(folder / "l.png", testing::make_png(2, 8, testing::kGrey, {{255, 0}, {255, 0}, {255, 255}}));
  const auto shapes = [&](bool horizontal, bool vertical) {
    const FolderMasks masks(
        {.indir = folder.path(), .horizontal_flip = horizontal, .vertical_flip = vertical});
    std::set<std::string> seen;
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
      Random random(seed);
      const Mask mask = masks.make({.width = 2, .height = 3}, random);
      seen.emplace(mask.missing.begin(), mask.missing.end());
    }
    return seen.size();
  };
  EXPECT_EQ(shapes(false, false), 1U);
  EXPECT_EQ(shapes(true, false), 2U);
  EXPECT_EQ(shapes(false, true), 2U);
  EXPECT_EQ(shapes(true, true), 4U);
}

TEST(FolderMasks, LargerThanThePictureIsCutAtBothEnds) {
  const TemporaryFolder folder;
  put_mask(folder / "a.png", 20, 20, 0, 0, 20, 20);
  const FolderMasks masks({.indir = folder.path(), .min_scale = 3, .max_scale = 3});
  Random random(1);
  EXPECT_EQ(share(masks.make({.width = 10, .height = 10}, random)), 1);
}

TEST(FolderMasks, AThinMaskMayBeLargerThanMemory) {
  const TemporaryFolder folder;
  put_mask(folder / "thin.png", 2, 400, 0, 0, 2, 400);
  const FolderMasks masks({.indir = folder.path(), .min_scale = 100, .max_scale = 100});
  Random random(1);
  // 30 000 x 6 000 000 pixels.
  EXPECT_EQ(share(masks.make({.width = 300, .height = 300}, random)), 1);
}

TEST(FolderMasks, BadFoldersAndFilesAreNamed) {
  const TemporaryFolder folder;
  EXPECT_NE(
      error_of([&] { const FolderMasks masks({.indir = folder.path()}); }).find("no pictures"),
      std::string::npos);
  put_mask(folder / "black.png", 20, 20, 0, 0, 0, 0);
  const FolderMasks masks({.indir = folder.path()});
  Random random(0);
  EXPECT_NE(error_of([&] { masks.make({.width = 9, .height = 9}, random); }).find("black.png"),
            std::string::npos);
}

}  // namespace
}  // namespace lama::internal::masks

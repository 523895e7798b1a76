#include "server/iopaint_mask.h"

#include <random>

#include "tests/testing.h"

namespace lama::internal::server {
namespace {

// The upper rows of cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * k + 1, 2 * k + 1)) (OpenCV
// 4.6), the middle one last.
const std::vector<std::vector<int>> kEllipses = {
    {1},
    {1, 3},
    {1, 5, 5},
    {1, 5, 7, 7},
    {1, 7, 7, 9, 9},
    {1, 7, 9, 11, 11, 11},
    {1, 7, 9, 11, 13, 13, 13},
    {1, 9, 11, 13, 13, 15, 15, 15},
    {1, 9, 11, 13, 15, 15, 17, 17, 17},
    {1, 9, 13, 15, 15, 17, 17, 19, 19, 19},
    {1, 9, 13, 15, 17, 19, 19, 21, 21, 21, 21},
    {1, 11, 13, 17, 17, 19, 21, 21, 23, 23, 23, 23},
    {1, 11, 15, 17, 19, 21, 21, 23, 23, 25, 25, 25, 25},
};

/// By definition: the largest (smallest) value under the element; pixels beyond the border do not
/// count.
Mask slow(const Mask& mask, int radius, bool expand) {
  Mask result = mask;
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      bool any = false, all = true;
      for (int dy = -radius; dy <= radius; ++dy) {
        const auto row = static_cast<std::size_t>(radius - std::abs(dy));
        const int reach = kEllipses[static_cast<std::size_t>(radius)][row] / 2;
        for (int dx = -reach; dx <= reach; ++dx) {
          if (y + dy < 0 || y + dy >= mask.height || x + dx < 0 || x + dx >= mask.width) continue;
          const bool set =
              mask.missing[static_cast<std::size_t>((y + dy) * mask.width + x + dx)] != 0;
          any = any || set;
          all = all && set;
        }
      }
      result.missing[static_cast<std::size_t>(y * mask.width + x)] = (expand ? any : all) ? 1 : 0;
    }
  }
  return result;
}

TEST(IopaintMask, GrowsAndShrinksAsOpenCvDoes) {
  std::mt19937 random(7);
  for (int radius = 0; radius < static_cast<int>(kEllipses.size()); ++radius) {
    Mask mask{61, 40, std::vector<std::uint8_t>(61 * 40)};
    for (auto& missing : mask.missing) missing = random() % 60 == 0 ? 1 : 0;
    const Mask large = adjusted(mask, Adjustment::expand, radius);
    EXPECT_EQ(large.missing, slow(mask, radius, true).missing) << radius;
    EXPECT_EQ(adjusted(large, Adjustment::shrink, radius / 2).missing,
              slow(large, radius / 2, false).missing)
        << radius;
  }
}

TEST(IopaintMask, Inverts) {
  EXPECT_EQ(adjusted({3, 1, {1, 0, 1}}, Adjustment::reverse, 5).missing,
            (std::vector<std::uint8_t>{0, 1, 0}));
}

}  // namespace
}  // namespace lama::internal::server

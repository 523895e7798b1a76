#include "inpaint/holes.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/testing.h"

namespace lama::internal {
namespace {

Mask random_mask(std::mt19937& random) {
  const int width = 1 + static_cast<int>(random() % 40),
            height = 1 + static_cast<int>(random() % 40);
  Mask mask{width, height, {}};
  const auto share = random() % 100;
  for (int i = 0; i < width * height; ++i) {
    mask.missing.push_back(static_cast<std::uint8_t>(random() % 100 < share));
  }
  return mask;
}

bool at(const Mask& mask, int x, int y) {
  return x >= 0 && y >= 0 && x < mask.width && y < mask.height &&
         mask.missing[static_cast<std::size_t>(y * mask.width + x)] != 0;
}

/// The plain twin: a pixel is missing if any within `reach` is.
Mask grown(const Mask& mask, int reach) {
  Mask result = mask;
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      bool missing = false;
      for (int j = -reach; j <= reach; ++j) {
        for (int i = -reach; i <= reach; ++i) missing = missing || at(mask, x + i, y + j);
      }
      result.missing[static_cast<std::size_t>(y * mask.width + x)] = missing ? 1 : 0;
    }
  }
  return result;
}

/// The plain twin: the number of each pixel's hole, by filling one after another; -1 for known
/// pixels.
std::vector<int> labels_of(const Mask& mask) {
  std::vector<int> labels(mask.missing.size(), -1);
  int count = 0;
  for (int start = 0; start < mask.width * mask.height; ++start) {
    if (mask.missing[static_cast<std::size_t>(start)] == 0 ||
        labels[static_cast<std::size_t>(start)] >= 0) {
      continue;
    }
    std::vector<int> open{start};
    labels[static_cast<std::size_t>(start)] = count;
    while (!open.empty()) {
      const int x = open.back() % mask.width, y = open.back() / mask.width;
      open.pop_back();
      for (int j = y - 1; j <= y + 1; ++j) {
        for (int i = x - 1; i <= x + 1; ++i) {
          if (!at(mask, i, j)) continue;
          const int next = j * mask.width + i;
          int& label = labels[static_cast<std::size_t>(next)];
          if (label >= 0) continue;
          label = count;
          open.push_back(next);
        }
      }
    }
    ++count;
  }
  return labels;
}

TEST(Holes, AreTheConnectedPartsOfTheGrownMask) {
  std::mt19937 random(5);
  for (int run = 0; run < 200; ++run) {
    const Mask mask = random_mask(random);
    const int reach = static_cast<int>(random() % 4);
    const Mask expected = grown(mask, reach);
    const std::vector<int> labels = labels_of(expected);
    const Holes found = holes_of(mask, reach);
    ASSERT_EQ(static_cast<int>(found.holes.size()),
              *std::max_element(labels.begin(), labels.end()) + 1);
    std::vector<int> seen(labels.size(), -1);
    std::vector<Box> boxes(found.holes.size());
    for (std::size_t i = 0; i < found.runs.size(); ++i) {
      const lama::internal::Run& line = found.runs[i];
      ASSERT_LT(line.begin, line.end);
      for (int x = line.begin; x < line.end; ++x) {
        seen[static_cast<std::size_t>(line.y * mask.width + x)] =
            static_cast<int>(found.hole_of_run[i]);
      }
      Box& box = boxes[found.hole_of_run[i]];
      box = bounds(box, {line.begin, line.y, line.end - line.begin, 1});
    }
    ASSERT_EQ(seen, labels);
    for (std::size_t i = 0; i < boxes.size(); ++i) ASSERT_EQ(found.holes[i].box, boxes[i]);
  }
}

TEST(Holes, AreAsThickAsTheLargestSquareInThem) {
  std::mt19937 random(6);
  for (int run = 0; run < 100; ++run) {
    const Mask mask = random_mask(random);
    const std::vector<int> labels = labels_of(mask);
    const Holes found = holes_of(mask, 0);
    std::vector<int> thickness(found.holes.size());
    for (int y = 0; y < mask.height; ++y) {
      for (int x = 0; x < mask.width; ++x) {
        if (!at(mask, x, y)) continue;
        int side = 1;
        for (bool fits = true; fits; side += fits ? 1 : 0) {
          for (int i = 0; i <= side; ++i) {
            fits = fits && at(mask, x + i, y + side) && at(mask, x + side, y + i);
          }
        }
        int& most = thickness[static_cast<std::size_t>(
            labels[static_cast<std::size_t>(y * mask.width + x)])];
        most = std::max(most, side);
      }
    }
    for (std::size_t i = 0; i < thickness.size(); ++i) {
      ASSERT_EQ(found.holes[i].thickness, thickness[i]);
    }
  }
}

TEST(Holes, OfAFullMaskAreOneAndOfAnEmptyMaskNone) {
  const Holes full = holes_of({7, 5, std::vector<std::uint8_t>(35, 1)}, 0);
  ASSERT_EQ(full.holes.size(), 1U);
  EXPECT_EQ(full.holes[0].box, (Box{0, 0, 7, 5}));
  EXPECT_EQ(full.holes[0].thickness, 5);
  for (const int reach : {0, 3}) {
    EXPECT_TRUE(holes_of({7, 5, std::vector<std::uint8_t>(35, 0)}, reach).holes.empty());
  }
}

}  // namespace
}  // namespace lama::internal

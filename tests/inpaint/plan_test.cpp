#include "inpaint/plan.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/testing.h"

namespace lama {
namespace {

Mask empty_mask(int width, int height) {
  const Box all{0, 0, width, height};
  return {width, height, std::vector<std::uint8_t>(all.pixels())};
}

void mark(Mask& mask, const Box& box) {
  for (int y = box.y; y < box.bottom(); ++y) {
    for (int x = box.x; x < box.right(); ++x) {
      mask.missing[static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width) +
                   static_cast<std::size_t>(x)] = 1;
    }
  }
}

Mask mask_with(int width, int height, const std::vector<Box>& holes) {
  Mask mask = empty_mask(width, height);
  for (const Box& hole : holes) mark(mask, hole);
  return mask;
}

/// A network of 100 bytes per pixel.
PlanLimits limits(std::size_t memory = SIZE_MAX) {
  return {[](const Part& part) {
            return 100 * static_cast<std::size_t>(part.width) *
                   static_cast<std::size_t>(part.height);
          },
          memory};
}

Plan planned(const Mask& mask, Strategy strategy, int reach = 0, std::size_t memory = SIZE_MAX) {
  return make_plan(mask, reach, strategy, 8, limits(memory));
}

bool holds(const Box& outer, const Box& inner) {
  return outer.x <= inner.x && outer.y <= inner.y && outer.right() >= inner.right() &&
         outer.bottom() >= inner.bottom();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Plan, SmallPicturesAreSeenWhole) {
  const Mask mask = mask_with(1024, 700, {{5, 5, 10, 10}});
  const Plan plan = planned(mask, Strategy::automatic);
  ASSERT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].seen, (Box{0, 0, 1024, 700}));
  EXPECT_FALSE(plan.parts[0].scaled());
  EXPECT_TRUE(has(plan.reason, "full")) << plan.reason;
}

TEST(Plan, LargePicturesAreSeenAroundTheirHoles) {
  const Plan plan = planned(mask_with(6000, 4000, {{3000, 2000, 400, 200}}), Strategy::automatic);
  ASSERT_EQ(plan.parts.size(), 1U);
  const Part& part = plan.parts[0];
  EXPECT_EQ(part.hole, (Box{3000, 2000, 400, 200}));
  // Half of the longer side as context, and up to 7 pixels more for whole multiples of 8.
  EXPECT_TRUE(holds(part.seen, (Box{2800, 1800, 800, 600})));
  EXPECT_EQ(part.seen.width % 8, 0);
  EXPECT_EQ(part.seen.height % 8, 0);
  EXPECT_LE(part.seen.width, 807);
  EXPECT_FALSE(part.scaled());
  EXPECT_TRUE(has(plan.reason, "one group of holes, the largest 400 x 200")) << plan.reason;
}

TEST(Plan, LargeHolesAreSeenSmaller) {
  const Plan plan = planned(mask_with(6000, 4000, {{1000, 1000, 2000, 1500}}), Strategy::crop);
  ASSERT_EQ(plan.parts.size(), 1U);
  const Part& part = plan.parts[0];
  EXPECT_TRUE(part.scaled());
  EXPECT_EQ(std::max(part.width, part.height), 1024);
  // One scale for both sides, but for rounding to whole pixels.
  EXPECT_NEAR(part.height, 1024.0 * part.seen.height / part.seen.width, 0.5);
}

TEST(Plan, DistantHolesAreSeenApart) {
  const Box a{100, 100, 60, 60}, b{5000, 3000, 60, 60};
  const Plan plan = planned(mask_with(6000, 4000, {a, b}), Strategy::crop);
  ASSERT_EQ(plan.parts.size(), 2U);
  EXPECT_EQ(plan.parts[0].hole, a);
  EXPECT_EQ(plan.parts[1].hole, b);
  EXPECT_TRUE(has(plan.reason, "2 groups")) << plan.reason;
}

TEST(Plan, NearHolesAreSeenTogetherBecauseThatIsLessWork) {
  const Box a{1000, 1000, 60, 60}, b{1200, 1000, 60, 60};
  const Plan plan = planned(mask_with(6000, 4000, {a, b}), Strategy::crop);
  ASSERT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].hole, (Box{1000, 1000, 260, 60}));
}

// Whatever the mask: every replaced pixel lies in exactly one hole, each hole in what is seen of
// it, and that in the picture.
TEST(Plan, HolesAreDisjointAndCoverWhatIsReplaced) {
  std::mt19937 random(7);
  for (int run = 0; run < 60; ++run) {
    const int width = 1100 + static_cast<int>(random() % 2500);
    const int height = 300 + static_cast<int>(random() % 2500);
    Mask mask = empty_mask(width, height);
    const int count = 1 + static_cast<int>(random() % 12);
    std::vector<Box> holes;
    for (int i = 0; i < count; ++i) {
      const int w = 1 + static_cast<int>(random() % 200), h = 1 + static_cast<int>(random() % 200);
      holes.push_back({static_cast<int>(random() % static_cast<unsigned>(width - w)),
                       static_cast<int>(random() % static_cast<unsigned>(height - h)), w, h});
      mark(mask, holes.back());
    }
    const int reach = static_cast<int>(random() % 3 * 20);
    const Plan plan = planned(mask, Strategy::crop, reach);
    for (const Box& hole : holes) {
      const Box replaced{std::max(0, hole.x - reach), std::max(0, hole.y - reach),
                         std::min(width, hole.right() + reach) - std::max(0, hole.x - reach),
                         std::min(height, hole.bottom() + reach) - std::max(0, hole.y - reach)};
      EXPECT_EQ(std::count_if(plan.parts.begin(), plan.parts.end(),
                              [&](const Part& part) { return holds(part.hole, replaced); }),
                1);
    }
    for (std::size_t i = 0; i < plan.parts.size(); ++i) {
      const Part& part = plan.parts[i];
      EXPECT_TRUE(holds(part.seen, part.hole));
      EXPECT_TRUE(holds(Box{0, 0, width, height}, part.seen));
      EXPECT_LE(std::max(part.width, part.height), 1024);
      for (std::size_t j = 0; j < i; ++j) {
        const Box &a = part.hole, &b = plan.parts[j].hole;
        EXPECT_FALSE(a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom());
      }
    }
  }
}

TEST(Plan, ManySpecksStayFewParts) {
  std::mt19937 random(3);
  Mask mask = empty_mask(6000, 4000);
  for (int i = 0; i < 30000; ++i) {
    mark(mask, {static_cast<int>(random() % 6000), static_cast<int>(random() % 4000), 1, 1});
  }
  const Plan plan = planned(mask, Strategy::crop);
  EXPECT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].width, 1024);
}

TEST(Plan, ResizeSeesAllOfIt) {
  const Plan plan = planned(mask_with(3000, 1500, {{5, 5, 10, 10}}), Strategy::resize);
  ASSERT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].hole, (Box{0, 0, 3000, 1500}));
  EXPECT_EQ(plan.parts[0].width, 1024);
  EXPECT_EQ(plan.parts[0].height, 512);
  EXPECT_TRUE(has(plan.reason, "seen at 1024 x 512")) << plan.reason;
}

TEST(Plan, TooLittleMemoryScalesDownUnlessAllOfItMustBeSeen) {
  const Mask mask = mask_with(800, 800, {{300, 300, 300, 300}});
  const std::size_t memory = 20'000'000;  // 447 x 447 pixels of the network's 100 bytes
  const Plan plan = planned(mask, Strategy::automatic, 0, memory);
  EXPECT_LE(limits().bytes(plan.parts[0]), memory);
  EXPECT_TRUE(plan.parts[0].scaled());
  EXPECT_TRUE(has(plan.reason, "to fit into 20 MB")) << plan.reason;
  const std::string message = testing::error_of([&] { planned(mask, Strategy::full, 0, memory); });
  EXPECT_TRUE(has(message, "800 x 800") && has(message, "64 MB") && has(message, "20 MB"))
      << message;
  for (const Strategy strategy : {Strategy::automatic, Strategy::crop, Strategy::resize}) {
    EXPECT_TRUE(has(testing::error_of([&] { planned(mask, strategy, 0, 1000); }), "smaller model"));
  }
}

TEST(Plan, TakesPicturesOfOnePixelAndLongOnes) {
  for (const auto& [width, height] : {std::pair{1, 1}, {20000, 20}, {20, 20000}, {1, 9000}}) {
    const Mask mask = mask_with(width, height, {{width / 2, height / 2, 1, 1}});
    for (const Strategy strategy :
         {Strategy::automatic, Strategy::full, Strategy::crop, Strategy::resize}) {
      const Plan plan = planned(mask, strategy, 3);
      ASSERT_EQ(plan.parts.size(), 1U);
      EXPECT_GE(plan.parts[0].width, 1);
      EXPECT_GE(plan.parts[0].height, 1);
    }
  }
}

}  // namespace
}  // namespace lama

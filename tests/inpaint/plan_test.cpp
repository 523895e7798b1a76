#include "inpaint/plan.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/sanitized.h"
#include "tests/testing.h"

namespace lama::internal {
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
  EXPECT_TRUE(is_inside({2800, 1800, 800, 600}, part.seen));
  EXPECT_EQ(part.seen.width % 8, 0);
  EXPECT_EQ(part.seen.height % 8, 0);
  EXPECT_LE(part.seen.width, 807);
  EXPECT_FALSE(part.scaled());
  EXPECT_TRUE(has(plan.reason, "one group of holes, the largest 400 x 200")) << plan.reason;
}

TEST(Plan, LargeHolesAreSeenScaledDown) {
  const Plan plan = planned(mask_with(6000, 4000, {{1000, 1000, 2000, 1500}}), Strategy::crop);
  ASSERT_EQ(plan.parts.size(), 1U);
  const Part& part = plan.parts[0];
  EXPECT_TRUE(part.scaled());
  EXPECT_EQ(std::max(part.width, part.height), 1024);
  // One scale for both sides, except for rounding to whole pixels.
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

TEST(Plan, NearHolesAreSeenTogetherToSaveWork) {
  const Box a{1000, 1000, 60, 60}, b{1200, 1000, 60, 60};
  const Plan plan = planned(mask_with(6000, 4000, {a, b}), Strategy::crop);
  ASSERT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].hole, (Box{1000, 1000, 260, 60}));
}

double scale(const Part& part) { return double{1} * part.width / part.seen.width; }

/// The number of the part that fills each pixel, -1 for none. No pixel may be filled twice.
std::vector<int> fillers(const Plan& plan, int width, int height) {
  std::vector<int> filler(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), -1);
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    for (const lama::internal::Run& run : plan.parts[i].filled) {
      for (int x = run.begin; x < run.end; ++x) {
        int& part = filler[static_cast<std::size_t>(run.y) * static_cast<std::size_t>(width) +
                           static_cast<std::size_t>(x)];
        EXPECT_EQ(part, -1) << x << " " << run.y;
        part = static_cast<int>(i);
      }
    }
  }
  return filler;
}

Box random_box(std::mt19937& random, int width, int height, int most) {
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  Box box{0, 0, 1 + below(std::min(most, width)), 1 + below(std::min(most, height))};
  box.x = below(width - box.width + 1);
  box.y = below(height - box.height + 1);
  return box;
}

// For any mask, exactly one part fills every replaced pixel, and this part sees it within the
// picture.
TEST(Plan, EveryReplacedPixelIsFilledOnce) {
  std::mt19937 random(7);
  for (int run = 0; run < (testing::kSanitized ? 10 : 60); ++run) {
    const int width = 1100 + static_cast<int>(random() % 2500);
    const int height = 300 + static_cast<int>(random() % 2500);
    Mask mask = empty_mask(width, height);
    const int count = 1 + static_cast<int>(random() % 12);
    std::vector<Box> holes;
    for (int i = 0; i < count; ++i) {
      holes.push_back(random_box(random, width, height, i % 4 == 0 ? 2000 : 200));
      if (i % 4 == 0) holes.back().height = std::min(holes.back().height, 9);
      mark(mask, holes.back());
    }
    const int reach = static_cast<int>(random() % 3 * 20);
    const Plan plan = planned(mask, Strategy::crop, reach);
    const std::vector<int> filler = fillers(plan, width, height);
    for (const Box& hole : holes) {
      const Box replaced = grown(hole, reach, {0, 0, width, height});
      for (int y = replaced.y; y < replaced.bottom(); ++y) {
        const auto* line =
            filler.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
        ASSERT_EQ(std::count(line + replaced.x, line + replaced.right(), -1), 0);
      }
    }
    for (const Part& part : plan.parts) {
      EXPECT_TRUE(is_inside(part.hole, part.seen));
      EXPECT_TRUE(is_inside(part.seen, {0, 0, width, height}));
      EXPECT_LE(std::max(part.width, part.height), 1024);
      Box filled;
      for (const lama::internal::Run& line : part.filled) {
        filled = bounds(filled, {line.begin, line.y, line.end - line.begin, 1});
      }
      EXPECT_EQ(filled, part.hole);
    }
  }
}

// One more hole, apart from the others, leaves them as sharp as before.
TEST(Plan, AnotherHoleDoesNotScaleAHoleDown) {
  std::mt19937 random(11);
  for (int run = 0; run < (testing::kSanitized ? 2 : 8); ++run) {
    const int width = 1100 + static_cast<int>(random() % 3000);
    const int height = 300 + static_cast<int>(random() % 3000);
    const int reach = static_cast<int>(random() % 2 * 10);
    const std::size_t memory = run % 2 == 0 ? 30'000'000 : SIZE_MAX;
    std::vector<Box> holes;
    std::vector<double> before;
    Mask mask = empty_mask(width, height);
    for (int i = 0; i < 12; ++i) {
      const Box added = random_box(random, width, height,
                                   i % 3 == 0   ? 1500
                                   : i % 3 == 1 ? 400
                                                : 20);
      const Box apart = grown(added, 2 * reach + 2, {0, 0, width, height});
      if (std::any_of(holes.begin(), holes.end(), [&](const Box& hole) {
            return hole.x < apart.right() && apart.x < hole.right() && hole.y < apart.bottom() &&
                   apart.y < hole.bottom();
          })) {
        continue;
      }
      mark(mask, added);
      const Plan plan = planned(mask, Strategy::automatic, reach, memory);
      const auto scale_of = [&](const Box& hole) {
        for (const Part& part : plan.parts) {
          for (const lama::internal::Run& line : part.filled) {
            if (line.y == hole.y && line.begin <= hole.x && hole.x < line.end) return scale(part);
          }
        }
        ADD_FAILURE() << "a hole is in no part";
        return 0.0;
      };
      for (std::size_t j = 0; j < holes.size(); ++j) ASSERT_EQ(scale_of(holes[j]), before[j]);
      holes.push_back(added);
      before.push_back(scale_of(added));
    }
  }
}

TEST(Plan, HolesAreAsSharpAsAloneAtAnyDistanceFromOthers) {
  const Plan rows =
      planned(mask_with(300, 3000, {{100, 40, 40, 24}, {100, 2920, 40, 24}}), Strategy::automatic);
  EXPECT_EQ(rows.parts.size(), 2U);
  const Box a{600, 500, 400, 400}, b{2900, 2000, 400, 400};
  const Plan objects = planned(mask_with(4000, 3000, {a, b}), Strategy::automatic);
  ASSERT_EQ(objects.parts.size(), 2U);
  EXPECT_EQ(objects.parts[0].seen, (Box{400, 300, 800, 800}));
  EXPECT_EQ(objects.parts[1].seen, (Box{2700, 1800, 800, 800}));
  for (const Plan* plan : {&rows, &objects}) {
    for (const Part& part : plan->parts) EXPECT_FALSE(part.scaled());
  }
}

// A speck within the box of a large hole, and even one inside a ring.
TEST(Plan, HolesWithinAnothersBoxKeepTheirScale) {
  Mask mask = mask_with(4000, 3000, {{100, 100, 3000, 200}, {100, 100, 200, 2500}});
  mark(mask, {1500, 1500, 10, 10});
  const Plan plan = planned(mask, Strategy::automatic);
  ASSERT_EQ(plan.parts.size(), 2U);
  EXPECT_TRUE(plan.parts[0].scaled());
  EXPECT_FALSE(plan.parts[1].scaled());
  EXPECT_EQ(plan.parts[1].hole, (Box{1500, 1500, 10, 10}));
}

TEST(Plan, DustAllOverAScanIsSeenAtFullSize) {
  std::mt19937 random(3);
  Mask mask = empty_mask(6000, 4000);
  for (int i = 0; i < 30000; ++i) mark(mask, random_box(random, 6000, 4000, 3));
  const Plan plan = planned(mask, Strategy::crop);
  double work = 0;
  for (const Part& part : plan.parts) {
    EXPECT_FALSE(part.scaled());
    work += double{1} * part.width * part.height;
  }
  // With a context of 128 pixels the best squares of 768 pixels cost 1.8 times their area.
  EXPECT_LT(work, 2.5 * 6000 * 4000);
}

// Less memory than two neighbours take: an early version compared each of the holes with all.
TEST(Plan, DotsAllOverAPictureAreFewGroupsInAnyMemory) {
  constexpr int kWidth = 640, kHeight = 512;
  Mask mask = empty_mask(kWidth, kHeight);
  for (int y = 0; y < kHeight; y += 4) {
    for (int x = 0; x < kWidth; x += 4) mark(mask, {x, y, 1, 1});
  }
  const Plan plan = planned(mask, Strategy::crop, 0, std::size_t{100} * 260 * 260);
  EXPECT_LE(plan.parts.size(), 20U) << "the cells";
  const std::vector<int> filler = fillers(plan, kWidth, kHeight);
  EXPECT_EQ(std::count(filler.begin(), filler.end(), -1), kWidth * kHeight * 15 / 16);
}

TEST(Plan, LongStrokesAreSeenAtFullSizeTileByTile) {
  Mask mask = empty_mask(4000, 3000);
  for (int x = 0; x < 4000; ++x) mark(mask, {x, 300 + x / 2, 1, 12});
  const Plan plan = planned(mask, Strategy::automatic);
  double work = 0;
  for (const Part& part : plan.parts) {
    EXPECT_FALSE(part.scaled());
    work += double{1} * part.width * part.height;
  }
  EXPECT_GE(plan.parts.size(), 6U);
  EXPECT_LT(work, 4000 * 2300 / 2);
}

TEST(Plan, ResizeSeesAllOfIt) {
  const Plan plan = planned(mask_with(3000, 1500, {{5, 5, 10, 10}}), Strategy::resize);
  ASSERT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].hole, (Box{0, 0, 3000, 1500}));
  EXPECT_EQ(plan.parts[0].width, 1024);
  EXPECT_EQ(plan.parts[0].height, 512);
  EXPECT_TRUE(has(plan.reason, "seen at 1024 x 512")) << plan.reason;
}

TEST(Plan, TooLittleMemoryScalesDownExceptForFull) {
  const Mask mask = mask_with(800, 800, {{300, 300, 300, 300}});
  const std::size_t memory = 20'000'000;  // 447 x 447 pixels of the network's 100 bytes
  const Plan plan = planned(mask, Strategy::automatic, 0, memory);
  EXPECT_LE(limits().bytes(plan.parts[0]), memory);
  EXPECT_TRUE(plan.parts[0].scaled());
  EXPECT_TRUE(has(plan.reason, "to fit into 20 MB")) << plan.reason;
  const std::string message = testing::error_of([&] { planned(mask, Strategy::full, 0, memory); });
  EXPECT_TRUE(has(message, "takes 64 MB") && has(message, "20 MB are free") &&
              has(message, "crop or"))
      << message;
  for (const Strategy strategy : {Strategy::automatic, Strategy::crop, Strategy::resize}) {
    EXPECT_TRUE(has(testing::error_of([&] { planned(mask, strategy, 0, 1000); }), "smaller model"));
  }
}

TEST(Plan, AnErrorNamesTheLimitThatTheUserSet) {
  const Mask mask = mask_with(800, 800, {{300, 300, 300, 300}});
  PlanLimits limit = limits(20'000);
  for (const Strategy strategy : {Strategy::automatic, Strategy::full, Strategy::resize}) {
    const auto message = [&] {
      return testing::error_of([&] { make_plan(mask, 0, strategy, 8, limit); });
    };
    limit.chosen = true;
    EXPECT_TRUE(has(message(), "the memory limit is 20 kB: ") &&
                has(message(), "raise the limit to "))
        << message();
    limit.chosen = false;
    EXPECT_TRUE(has(message(), "20 kB are free") && has(message(), "close other")) << message();
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
}  // namespace lama::internal

#include "repair/repair.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tests/cli/files.h"
#include "weights/model_file.h"

namespace lama::internal::repair {
namespace {

using testing::Bytes;
using testing::error_of;
using testing::TemporaryFolder;

Backend network() {
  const auto model = weights::open_model(std::filesystem::path(testing::small_model()));
  return Backend(std::make_shared<const engine::Network>(model.network, *model.tensors, 1));
}

bool has(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&part](const auto& text) { return text.find(part) != std::string::npos; });
}

class RepairTest : public ::testing::Test {
 protected:
  void SetUp() override { testing::put_noise(folder_ / "photo.png", 40, 30); }
  /// The photo, with a mask of a size that marks a rectangle.
  Input input(int x0, int y0, int x1, int y1, int width = 40, int height = 30) const {
    testing::put_mask(folder_ / "mask.png", width, height, x0, y0, x1, y1);
    return {.photo = testing::get(folder_ / "photo.png"),
            .mask = testing::get(folder_ / "mask.png"),
            .photo_name = "photo.png",
            .mask_name = "mask.png"};
  }
  TemporaryFolder folder_;
};

TEST_F(RepairTest, GrowsTheHoleByTheDefaultsOfAllFrontDoors) {
  const auto replaced = [this](const FillOptions& options) {
    return repair(input(10, 10, 20, 20), network(), options).repair.result.replaced.missing;
  };
  EXPECT_EQ(replaced({}), replaced({.dilate = 5, .feather = 3}));
  EXPECT_EQ(replaced({.published = true}), replaced({.dilate = 0, .feather = 0}));
}

TEST_F(RepairTest, AdvisesABetterModelForLargeHoles) {
  Backend copies = Backend::copying(1);
  copies.advice = "fetch one";
  EXPECT_TRUE(has(repair(input(5, 5, 25, 25), copies, {}).repair.notes, "fetch one"));
  EXPECT_FALSE(has(repair(input(10, 10, 12, 12), copies, {}).repair.notes, "fetch one"));
  // If the mask may be the wrong way round, that is what to look at first.
  Input inverted = input(0, 0, 40, 27);
  inverted.door = Door::http;
  const std::vector<std::string> notes = repair(inverted, copies, {}).repair.notes;
  EXPECT_TRUE(has(notes, "mask.png marks 90 % of the picture"));
  EXPECT_TRUE(has(notes, "use invert_mask"));
  EXPECT_FALSE(has(notes, "fetch one"));
}

TEST_F(RepairTest, GivesTheSameFileInOneStepAndInStages) {
  const FillOptions options;
  std::vector<double> done;
  const Repaired whole = repair(input(10, 10, 20, 20), network(), options,
                                [&done](double share) { done.push_back(share); });
  Repair picture = decode(input(10, 10, 20, 20), options);
  fill(picture, network(), options);
  EXPECT_EQ(encode(picture, options), whole.file);
  EXPECT_EQ(done.front(), 0);
  EXPECT_EQ(done.back(), 1);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_TRUE(whole.repair.notes.empty());
  EXPECT_TRUE(has(whole.repair.details, "full: the whole picture"));
}

TEST_F(RepairTest, CopiesTheFileIfTheMaskMarksNothing) {
  Input empty = input(0, 0, 0, 0);
  const Bytes photo = empty.photo;
  const Repaired copied = repair(empty, network(), {});
  EXPECT_EQ(copied.file, photo);
  EXPECT_TRUE(has(copied.repair.notes, "the mask marks nothing: the output is a copy"));
  // Another format is not a copy.
  empty.format = codecs::Format::jpeg;
  const Repaired other = repair(empty, network(), {});
  EXPECT_EQ(codecs::format_of(other.file), codecs::Format::jpeg);
  EXPECT_TRUE(has(other.repair.notes, "the output shows the same picture as the input"));
}

TEST_F(RepairTest, HasNotesForTheUser) {
  EXPECT_TRUE(has(decode(input(0, 0, 40, 30), {}).notes, "the mask marks every pixel"));
  Input lossless = input(1, 1, 9, 9);
  lossless.door = Door::command_line;
  EXPECT_TRUE(
      has(decode(lossless, {.quality = 5}).notes, "--quality has no effect: PNG is always"));
  Input swapped = input(1, 1, 9, 9);
  std::swap(swapped.photo, swapped.mask);
  EXPECT_TRUE(has(decode(swapped, {}).notes, "mask.png has many shades"));
}

TEST_F(RepairTest, SaysThatAHoleGrowsOverThePicture) {
  const auto notes = [this](const FillOptions& options) {
    return repair(input(10, 10, 30, 20), network(), options).repair.notes;
  };
  EXPECT_TRUE(has(notes({.dilate = 20, .feather = 0}),
                  "the hole 100 % of the picture instead of 16.7 %: lower dilate if"));
  EXPECT_FALSE(has(notes({.dilate = 2, .feather = 0}), "grow"));
}

TEST_F(RepairTest, RefusesAMaskOfAnotherSizeWithARemedy) {
  Input other = input(1, 1, 9, 9, 20, 15);
  EXPECT_EQ(error_of([&] { decode(other, {}); }),
            "photo.png is 40 x 30 pixels and mask.png 20 x 15: their sizes must be equal");
  other.door = Door::command_line;
  EXPECT_EQ(error_of([&] { decode(other, {}); }),
            "photo.png is 40 x 30 pixels and mask.png 20 x 15: their sizes must be equal; or "
            "give --resize-mask");
  EXPECT_EQ(decode(other, {.resize_mask = true}).missing_pixels, 16U * 16);
  EXPECT_NE(
      error_of([&] { decode(input(1, 1, 9, 9, 30, 40), {}); }).find("sideways: turn the mask"),
      std::string::npos);
  EXPECT_THROW(decode(input(1, 1, 9, 9, 20, 15), {}), UnfitMask);
}

TEST_F(RepairTest, RefusesOptionsThatContradict) {
  EXPECT_THROW(decode(input(1, 1, 9, 9), {.fill_transparent = true}), BadOption);
  EXPECT_THROW(decode(input(1, 1, 9, 9), {.dilate = 1001}), BadOption);
  Input alone = input(1, 1, 9, 9);
  alone.mask.clear();
  EXPECT_EQ(error_of([&] { decode(alone, {.fill_transparent = true}); }),
            "photo.png has no transparent part: it has no alpha");
}

TEST_F(RepairTest, StopsWhenTheObserverThrows) {
  EXPECT_THROW(repair(input(1, 1, 9, 9), network(), {}, [](double) { throw Cancelled(); }),
               Cancelled);
}

}  // namespace
}  // namespace lama::internal::repair

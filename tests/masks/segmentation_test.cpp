#include "masks/segmentation.h"

#include "tests/masks/fixtures.h"
#include "tests/sanitized.h"

namespace lama::internal::masks {
namespace {

using testing::config_of;
using testing::crc32;
using testing::data;
using testing::error_of;
using testing::masks_data;

/// Segmentation masks alone, in a config for an evaluation set.
MaskConfig segmentation(const nlohmann::json& kwargs) {
  return config_of(nlohmann::json{{"generator_kind", "segmentation"},
                                  {"mask_generator_kwargs", kwargs},
                                  {"max_masks_per_image", 1},
                                  {"cropping", {{"out_min_size", 256}}}});
}

TEST(SegmentationMasks, ObjectsMoveAsPublished) {
  const codecs::FolderNames folder(data("masks/labels"));
  std::size_t masks = 0, cases = 0;
  for (const auto& published : masks_data("segmentation")) {
    const MaskConfig config = segmentation(published["kwargs"]);
    for (const auto& expected : published["cases"]) {
      if (testing::kSanitized && cases++ % 6 != 0) continue;
      const auto labels = read_labels(folder, expected[0].get<std::string>());
      ASSERT_TRUE(labels);
      Random random(expected[1]);
      std::vector<std::uint32_t> sums;
      std::vector<std::size_t> areas;
      for (const Mask& mask : config.generator->make_many(
               {.width = labels->width, .height = labels->height, .labels = &*labels}, 1, random)) {
        sums.push_back(crc32(mask.missing));
        areas.push_back(mask.count());
      }
      EXPECT_EQ(areas, expected[3].get<std::vector<std::size_t>>())
          << published["kwargs"] << " " << expected[0] << " " << expected[1];
      EXPECT_EQ(sums, expected[2].get<std::vector<std::uint32_t>>())
          << published["kwargs"] << " " << expected[0] << " " << expected[1];
      masks += sums.size();
    }
  }
  EXPECT_GT(masks, testing::kSanitized ? 150U : 1500U);
}

TEST(SegmentationMasks, OneIsChosenOfAll) {
  const MaskConfig config = segmentation(nlohmann::json::object());
  const auto labels = read_labels(codecs::FolderNames(data("masks/labels")), "wide");
  const MaskRequest request{.width = labels->width, .height = labels->height, .labels = &*labels};
  Random random(1), again(1);
  const auto all = config.generator->make_many(request, 1, again);
  const Mask one = config.generator->make(request, random);
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [&](const Mask& mask) { return mask.missing == one.missing; }),
            1);
}

TEST(SegmentationMasks, ReportMissingLabels) {
  const MaskConfig config = segmentation(nlohmann::json::object());
  Random random(1);
  EXPECT_NE(
      error_of([&] { config.generator->make({.width = 64, .height = 64}, random); }).find("labels"),
      std::string::npos);
  const auto make = [&](const LabelMap& labels) {
    config.generator->make({.width = labels.width, .height = labels.height, .labels = &labels},
                           random);
  };
  const LabelMap narrow{20, 64, std::vector<std::uint32_t>(20 * 64)};
  EXPECT_NE(error_of([&] { make(narrow); }).find("20 x 64"), std::string::npos);
  LabelMap photo{64, 64, {}};
  for (std::uint32_t i = 0; i < 64 * 64; ++i) photo.labels.push_back(i);
  EXPECT_NE(error_of([&] { make(photo); }).find("4095 objects"), std::string::npos);
  const LabelMap nothing{64, 64, std::vector<std::uint32_t>(64 * 64)};
  EXPECT_NE(error_of([&] { make(nothing); }).find("no object"), std::string::npos);
}

}  // namespace
}  // namespace lama::internal::masks

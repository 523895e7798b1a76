#include "masks/evaluation_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/seed.h"
#include "codecs/picture.h"
#include "tests/masks/fixtures.h"

namespace lama::internal::masks {
namespace {

using testing::config_of;
using testing::crc32;
using testing::data;
using testing::masks_data;
using testing::share;

/// The part of the picture with the corners box[0..1] and, one past it, box[2..3].
Image part_of(const Image& picture, const std::vector<int>& box) {
  Image part(box[2] - box[0], box[3] - box[1], 3, Depth::u8);
  auto out = part.bytes().begin();
  for (int y = box[1]; y < box[3]; ++y) {
    const auto row =
        picture.bytes().begin() + 3 * (static_cast<std::ptrdiff_t>(y) * picture.width() + box[0]);
    out = std::copy(row, row + 3 * static_cast<std::ptrdiff_t>(part.width()), out);
  }
  return part;
}

nlohmann::json summary(int width, int height, const std::vector<std::uint8_t>& bytes) {
  return {height, width, crc32(bytes)};
}

TEST(EvaluationSet, IsPixelEqualToThePublishedOne) {
  const Image photo = codecs::read_picture(data("photo512.png"), "photo").image;
  std::size_t pairs = 0;
  for (const auto& published : masks_data("evaluation_set")) {
    const MaskConfig config = config_of(published["config"]);
    for (const auto& expected : published["parts"]) {
      const std::string name = expected["name"];
      Random random(derived_seed(5, name));
      const Image part = part_of(photo, expected["box"]);
      nlohmann::json files = nlohmann::json::object();
      int i = 0;
      for (const Pair& pair : make_pairs(part, nullptr, *config.generator, *config.set, random)) {
        const std::string crop = fmt::format("{}_crop{:03}", name, i);
        files[crop + ".png"] =
            summary(pair.picture.width(), pair.picture.height(), pair.picture.bytes());
        std::vector<std::uint8_t> white = pair.mask.missing;
        for (std::uint8_t& value : white) value *= 255;
        files[crop + fmt::format("_mask{:03}.png", i)] =
            summary(pair.mask.width, pair.mask.height, white);
        ++i;
        ++pairs;
      }
      EXPECT_EQ(files, expected["files"]) << published["config"] << " " << name;
    }
  }
  EXPECT_GT(pairs, 25U);
}

TEST(EvaluationSet, EveryMaskHasAHoleOfAllowedSizeInsideTheCrop) {
  const Image picture(300, 70, 3, Depth::u8);
  const MaskConfig config = config_of(std::string(R"(
generator_kind: random
mask_generator_kwargs:
  variants_n: 9
  irregular_proba: 1
  irregular_kwargs: {min_times: 0, max_times: 2, max_width: 10, max_len: 20}
  box_proba: 0
  segm_proba: 0
max_masks_per_image: 9
max_tamper_area: 0.2
cropping: {out_min_size: 64, out_square_crop: true, crop_min_overlap: 0}
)"));
  std::size_t fewest = 9, pairs = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const auto made = make_pairs(picture, nullptr, *config.generator, *config.set, random);
    fewest = std::min(fewest, made.size());
    for (const Pair& pair : made) {
      EXPECT_EQ(pair.mask.width, 64);
      EXPECT_EQ(pair.mask.height, 64);
      EXPECT_EQ(pair.picture.width(), 64);
      EXPECT_GT(pair.mask.count(), 0U);
      EXPECT_LE(share(pair.mask), 0.2);
      ++pairs;
    }
  }
  EXPECT_LT(fewest, 9U) << "no candidate was ever left out: the test sees nothing";
  EXPECT_GT(pairs, 1000U);
}

TEST(EvaluationSet, DropsSmallPicturesOnRequest) {
  const MaskConfig config = config_of(std::string(
      "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0}, max_masks_per_image: 1, "
      "cropping: {out_min_size: 256, handle_small_mode: drop}}"));
  Random random(0);
  EXPECT_TRUE(
      make_pairs(Image(300, 255, 3, Depth::u8), nullptr, *config.generator, *config.set, random)
          .empty());
}

TEST(EvaluationSet, RefusesToScaleALineBeyondTheMemory) {
  const MaskConfig config = config_of(std::string(
      "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0}, max_masks_per_image: 1, "
      "cropping: {out_min_size: 512}}"));
  Random random(0);
  const std::string why = testing::error_of([&] {
    make_pairs(Image(30000, 1, 3, Depth::u8), nullptr, *config.generator, *config.set, random);
  });
  EXPECT_EQ(
      why,
      "30000 x 1 pixels would become 15360000 x 512 with out_min_size 512, more than 268435456 "
      "pixels in all");
}

TEST(EvaluationSet, LabelsFollowThePicture) {
  // The object covers the left half of a tenth of the rows; both sides are halved.
  const Image picture(512, 512, 3, Depth::u8);
  LabelMap labels{512, 512, std::vector<std::uint32_t>(512 * 512)};
  for (int y = 100; y < 200; ++y) {
    std::fill_n(labels.labels.begin() + static_cast<std::ptrdiff_t>(y) * 512, 200, 5U);
  }
  const MaskConfig config = config_of(
      std::string("{generator_kind: segmentation, mask_generator_kwargs: {max_scale_change: 0, "
                  "max_hidden_area: 0, min_mask_area: 0}, max_masks_per_image: 1, "
                  "cropping: {out_min_size: 256}}"));
  Random random(0);
  const auto pairs = make_pairs(picture, &labels, *config.generator, *config.set, random);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].mask.width, 256);
  EXPECT_EQ(pairs[0].mask.count(), 100U * 50);
}

}  // namespace
}  // namespace lama::internal::masks

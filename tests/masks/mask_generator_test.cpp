#include "masks/mask_generator.h"

#include <algorithm>

#include "tests/masks/fixtures.h"

namespace lama::internal::masks {
namespace {

using testing::config_of;
using testing::crc32;
using testing::error_of;
using testing::masks_data;

TEST(MaskGenerator, EveryKindIsPixelEqualToThePublishedOne) {
  std::size_t cases = 0;
  for (const auto& published : masks_data("generators")) {
    const MaskConfig config = config_of(published["config"]);
    for (const auto& expected : published["cases"]) {
      MaskRequest request{.width = expected[1], .height = expected[0]};
      if (!expected[3].is_null()) request.iteration = expected[3].get<std::int64_t>();
      Random random(expected[2]);
      const Mask mask = config.generator->make(request, random);
      EXPECT_EQ(mask.count(), expected[5].get<std::size_t>())
          << published["name"] << " " << expected;
      EXPECT_EQ(crc32(mask.missing), expected[4].get<std::uint32_t>())
          << published["name"] << " " << expected;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 23U * 40);
}

TEST(MaskGenerator, ManyAreDrawnOneAfterTheOther) {
  const MaskConfig config = config_of(masks_data("generators")[0]["config"]);
  Random random(3), again(3);
  const auto many = config.generator->make_many({.width = 90, .height = 120}, 3, random);
  ASSERT_EQ(many.size(), 3U);
  for (const Mask& mask : many) {
    EXPECT_EQ(mask.missing, config.generator->make({.width = 90, .height = 120}, again).missing);
  }
}

/// A config of one kind.
MaskConfig only(const std::string& kind, const nlohmann::json& kwargs) {
  nlohmann::json all = {{"irregular_proba", 0}, {"box_proba", 0}, {"segm_proba", 0}};
  all[kind + "_proba"] = 1;
  all[kind + "_kwargs"] = kwargs;
  return config_of(nlohmann::json{{"train", {{"mask_gen_kwargs", all}}}});
}

TEST(MaskGenerator, ReportsATooSmallPicture) {
  Random random(0);
  const MaskConfig boxes = only("box", {{"min_times", 1}});
  EXPECT_NE(error_of([&] {
              boxes.generator->make({.width = 45, .height = 200}, random);
            }).find("bbox_min_size 30"),
            std::string::npos);
  const MaskConfig bands = only("outpainting", nullptr);
  EXPECT_NE(error_of([&] { bands.generator->make({.width = 3, .height = 3}, random); }), "");
  EXPECT_NE(error_of([&] { bands.generator->make({.width = 0, .height = 9}, random); }), "");
}

TEST(MaskGenerator, AllOtherKindsAcceptTheSmallestPictures) {
  const nlohmann::json circles = {{"draw_method", "circle"}, {"max_times", 30}};
  for (const auto& [kind, kwargs] :
       std::vector<std::pair<std::string, nlohmann::json>>{{"irregular", nullptr},
                                                           {"squares", nullptr},
                                                           {"superres", nullptr},
                                                           {"irregular", circles}}) {
    const MaskConfig config = only(kind, kwargs);
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      Random random(seed);
      for (const auto& [width, height] : {std::pair(1, 1), {1, 40}, {40, 1}, {2, 3}}) {
        const Mask mask = config.generator->make({.width = width, .height = height}, random);
        EXPECT_EQ(mask.missing.size(), static_cast<std::size_t>(width * height));
      }
    }
  }
}

TEST(MaskGenerator, FixedOutpaintingDependsOnThePictureAlone) {
  const MaskConfig config = only("outpainting", {{"is_fixed_randomness", true}});
  Image dark(100, 100, 3, Depth::u8), light = dark;
  std::fill(light.bytes().begin(), light.bytes().end(), std::uint8_t{200});
  const auto make = [&](const Image* image, std::uint32_t seed) {
    Random random(seed);
    return config.generator->make({.width = 100, .height = 100, .image = image}, random).missing;
  };
  EXPECT_EQ(make(&dark, 1), make(&dark, 2));
  EXPECT_NE(make(&dark, 1), make(&light, 1));
  EXPECT_NE(error_of([&] { make(nullptr, 1); }).find("needs the picture"), std::string::npos);
}

TEST(SetSlice, TreatsLimitsLikePython) {
  const auto set = [](std::int64_t x0, std::int64_t x1) {
    Mask mask{6, 1, std::vector<std::uint8_t>(6)};
    set_slice(mask, 0, 1, x0, x1);
    std::string text;
    for (const std::uint8_t missing : mask.missing) text += missing != 0 ? '#' : '.';
    return text;
  };
  EXPECT_EQ(set(1, 3), ".##...");
  EXPECT_EQ(set(-2, 2), "......") << "from 4 to 2";
  EXPECT_EQ(set(-2, 6), "....##");
  EXPECT_EQ(set(-9, 2), "##....");
  EXPECT_EQ(set(4, 99), "....##");
}

}  // namespace
}  // namespace lama::internal::masks

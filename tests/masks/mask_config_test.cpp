#include "masks/mask_config.h"

#include "base/file.h"
#include "tests/masks/fixtures.h"

namespace lama::internal::masks {
namespace {

using testing::config_of;
using testing::error_of;

std::string refusal(const std::string& yaml) {
  return error_of([&] { config_of(yaml); });
}

/// A config for an evaluation set with these kwargs.
std::string with_kwargs(const std::string& kwargs) {
  return "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0, " + kwargs +
         "}, max_masks_per_image: 1, cropping: {out_min_size: 64}}";
}

TEST(MaskConfig, ReadsTheShippedConfigs) {
  std::size_t files = 0;
  for (const auto& entry :
       testing::fs::directory_iterator(testing::fs::path(LAMA_SOURCE_DIR) / "configs" / "masks")) {
    const std::string name = entry.path().stem().string();
    const MaskConfig config = read_mask_config(entry.path());
    const bool training = name.starts_with("abl-");
    EXPECT_EQ(config.set.has_value(), !training) << name;
    EXPECT_EQ(config.size, name.ends_with("512") ? 512 : 256) << name;
    if (training) continue;
    EXPECT_EQ(config.set->variants_n, 5) << name;
    EXPECT_EQ(config.set->max_masks_per_image, 1) << name;
    EXPECT_EQ(config.set->max_tamper_area, 0.5) << name;
    EXPECT_EQ(config.set->crop_min_overlap, 1) << name;
    EXPECT_TRUE(config.set->out_square_crop) << name;
    EXPECT_FALSE(config.set->drop_small) << name;
    ++files;
  }
  EXPECT_EQ(files, 6U);
}

TEST(MaskConfig, TrainingConfigsAreReadWholeOrInPart) {
  const std::string train =
      "train: {indir: '${location.data_root_dir}/train', out_size: 192, mask_gen_kwargs: "
      "{irregular_proba: 1, segm_proba: 0, box_proba: 0, irregular_kwargs: null}, "
      "transform_variant: distortions}";
  EXPECT_EQ(config_of("{batch_size: 10, " + train + "}").size, 192);
  EXPECT_EQ(
      config_of("{generator: {kind: ffc_resnet}, data: {batch_size: 10, " + train + "}}").size,
      192);
}

TEST(MaskConfig, AnUnknownKeyIsAnErrorThatSuggestsOne) {
  EXPECT_NE(
      refusal(with_kwargs("irregular_prob: 1"))
          .find("mask_generator_kwargs.irregular_prob: no such key; is irregular_proba meant"),
      std::string::npos);
  EXPECT_NE(refusal(with_kwargs("irregular_kwargs: {maxwidth: 3}"))
                .find("irregular_kwargs.maxwidth: no such key; is max_width meant?"),
            std::string::npos);
  EXPECT_NE(refusal("{generator_kind: random, mask_generator_kwargs: {segm_proba: 0}, "
                    "max_masks_per_image: 1, cropping: {out_min_size: 64, crop_overlap: 1}}")
                .find("crop_min_overlap"),
            std::string::npos);
  EXPECT_NE(refusal(with_kwargs("box_kwargs: {zzzzzzzzzzzz: 3}")).find("there are margin"),
            std::string::npos);
}

TEST(MaskConfig, ValuesOutOfRangeAreNamed) {
  const auto expect = [](const std::string& yaml, const std::string& part) {
    const std::string text = refusal(yaml);
    EXPECT_TRUE(text.starts_with("test.yaml: ")) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect(with_kwargs("irregular_kwargs: {max_width: 0}"), "max_width: 0 is not a whole number");
  expect(with_kwargs("irregular_kwargs: {max_width: 99999}"), "max_width");
  expect(with_kwargs("irregular_kwargs: {max_len: 2.5}"), "max_len: 2.5");
  expect(with_kwargs("irregular_kwargs: {min_times: 5, max_times: 4}"), "min_times: 5 is more");
  expect(with_kwargs("irregular_kwargs: {draw_method: star}"), "line, circle, square");
  expect(with_kwargs("irregular_kwargs: [1]"), "irregular_kwargs: expected keys");
  expect(with_kwargs("irregular_proba: 0, box_proba: 0"), "probability 0");
  expect(with_kwargs("irregular_proba: .nan"), "irregular_proba");
  expect(with_kwargs("superres_proba: 1, superres_kwargs: {min_width: 2, max_width: 2}"),
         "min_width");
  expect(with_kwargs("outpainting_proba: 1, outpainting_kwargs: {left_padding_prob: 0, "
                     "right_padding_prob: 0, top_padding_prob: 0, bottom_padding_prob: 0}"),
         "all four sides");
  expect(with_kwargs("folder_proba: 1"), "folder_kwargs: is missing");
  expect("{generator_kind: random}", "mask_generator_kwargs: is missing");
  expect("{generator_kind: squares}", "random, segmentation, outpainting, dumb");
  expect("{generator_kind: random, mask_generator_kwargs: {}}", "segm_proba");
  expect("{generator_kind: dumb, mask_generator_kwargs: {}}", "is_training: is missing");
  expect("{x: 1}", "generator_kind: is missing");
  expect("[1, 2]", "expected keys with values, as in configs/masks/random_thick_512.yaml");
  expect("a: [\n", "line 2");
  expect("generator_kind: random\nmask_generator_kwargs:\n  segm_proba: 0\n  box_proba: two\n",
         "line 4: mask_generator_kwargs.box_proba: two is not a number");
  expect("defaults: [trainer: any_gpu]", "a whole training config");
  expect("train: {}", "train.mask_gen_kwargs: is missing");
}

TEST(MaskConfig, MissingFilesAreNamed) {
  EXPECT_NE(
      refusal(with_kwargs("folder_proba: 1, folder_kwargs: {indir: nowhere}")).find("nowhere"),
      std::string::npos);
  EXPECT_NE(error_of([] {
              read_mask_config("nowhere.yaml");
            }).find("nowhere.yaml: no such file or mask config; built in are "),
            std::string::npos);
  EXPECT_EQ(error_of([] { read_mask_config("./random_thick_512"); }),
            "./random_thick_512: no such file (CONFIG)");
  EXPECT_EQ(error_of([] { read_mask_config(LAMA_SOURCE_DIR); }),
            LAMA_SOURCE_DIR ": not a regular file (CONFIG)");
}

TEST(MaskConfig, BuiltInConfigsHaveNames) {
  const std::string file = "configs/masks/random_thick_512.yaml";
  const auto text = read_file(testing::fs::path(LAMA_SOURCE_DIR) / file, SIZE_MAX);
  for (const std::string name : {"random_thick_512", "random_thick_512.yaml"}) {
    EXPECT_EQ(find_mask_config(name).yaml, std::string(text.begin(), text.end()));
    EXPECT_EQ(find_mask_config(name).origin, file);
    EXPECT_EQ(read_mask_config(name).size, 512);
  }
}

}  // namespace
}  // namespace lama::internal::masks

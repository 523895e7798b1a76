#include "training/data/fixed_pairs.h"

#include <numeric>

#include "tests/cli/files.h"
#include "tests/testing.h"

namespace lama::internal::training {
namespace {

using testing::error_of;
using testing::put_mask;
using testing::put_noise;
using testing::TemporaryFolder;

using Names = std::vector<std::string>;

Names names_of(const FixedPairs& pairs) {
  Names names;
  for (std::size_t i = 0; i < pairs.size(); ++i) names.push_back(pairs.name(i));
  return names;
}

void put_pair(const TemporaryFolder& folder, const std::string& name, int width, int height) {
  put_noise(folder / (name + ".png"), width, height);
  put_mask(folder / (name + "_mask000.png"), width, height, 1, 2, 5, 4);
}

TEST(FixedPairs, FindsThePublishedLayout) {
  const TemporaryFolder folder;
  testing::fs::create_directory(folder / "in");
  put_pair(folder, "b", 12, 10);
  put_pair(folder, "in/a_crop000", 12, 10);
  put_mask(folder / "b_mask001.png", 12, 10, 0, 0, 2, 2);
  const FixedPairs pairs({.indir = {folder.path().string() + "/"}, .img_suffix = ".png"});
  EXPECT_EQ(names_of(pairs), (Names{"b_mask000", "b_mask001", "in/a_crop000_mask000"}));
  const auto read = pairs.read(0, 8);
  EXPECT_EQ(read.batch.count, 3);
  EXPECT_EQ(read.batch.names, names_of(pairs));
  EXPECT_EQ(read.width, 12);
  EXPECT_EQ(read.height, 10);
  const Image image = testing::read_image(folder / "b.png");
  for (std::size_t i = 0; i < 120; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      ASSERT_EQ(read.batch.pictures[c * 120 + i],
                static_cast<float>(image.bytes()[3 * i + c]) / 255);
    }
  }
  EXPECT_EQ(std::accumulate(read.batch.masks.begin(), read.batch.masks.begin() + 120, 0.F), 8);
  EXPECT_EQ(read.batch.masks[2 * 12 + 1], 1);
  EXPECT_EQ(pairs.read(1, 1).batch.names, Names{"b_mask001"});
  EXPECT_EQ(pairs.read(2, 8).batch.count, 1);
}

TEST(FixedPairs, SuffixesChooseThePicture) {
  const TemporaryFolder folder;
  put_noise(folder / "a_input.png", 12, 10);
  put_noise(folder / "a.png", 9, 9);
  put_mask(folder / "a_mask.png", 12, 10, 0, 0, 2, 2);
  const FixedPairs with_suffix({.indir = {folder.path().string()}, .img_suffix = "_input.png"});
  EXPECT_EQ(with_suffix.read(0, 1).width, 12);
  // A bare ending stands for any.
  const TemporaryFolder other;
  put_pair(other, "x", 7, 5);
  EXPECT_EQ(FixedPairs({.indir = {other.path().string()}}).read(0, 1).width, 7);
}

TEST(FixedPairs, EndingsChooseBetweenPicturesOfOneName) {
  const TemporaryFolder folder;
  put_pair(folder, "a", 12, 10);
  codecs::write_picture(folder / "a.jpg", testing::read_image(folder / "a.png"), {}, {});
  put_noise(folder / "a.png", 9, 9);
  EXPECT_EQ(FixedPairs({.indir = {folder.path().string()}, .img_suffix = ".jpg"}).read(0, 1).width,
            12);
  EXPECT_NE(error_of([&] {
              const FixedPairs pairs({.indir = {folder.path().string()}, .img_suffix = ".webp"});
            }).find("a.webp"),
            std::string::npos);
}

TEST(FixedPairs, NamesMayDifferInTheirUnicodeForm) {
  const std::string decomposed = "e\xcc\x81", composed = "\xc3\xa9";
  const TemporaryFolder folder;
  put_noise(folder / (decomposed + ".png"), 12, 10);
  put_mask(folder / (composed + "_mask.png"), 12, 10, 0, 0, 2, 2);
  const FixedDataConfig config{.indir = {folder.path().string()}, .img_suffix = ".png"};
  EXPECT_EQ(names_of(FixedPairs(config)), (Names{composed + "_mask"}));
  EXPECT_EQ(FixedPairs(config).read(0, 1).width, 12);
  // Its own form first: the other picture has another size than the mask.
  put_noise(folder / (composed + ".png"), 12, 10);
  put_noise(folder / (decomposed + ".png"), 9, 9);
  EXPECT_EQ(FixedPairs(config).read(0, 1).width, 12);
}

TEST(FixedPairs, OurEvalHasFoldersOfPicturesAndOfMasks) {
  const TemporaryFolder folder;
  testing::fs::create_directories(folder / "img");
  testing::fs::create_directories(folder / "mask/in");
  put_noise(folder / "img/a_b.png", 12, 10);
  put_mask(folder / "mask/a_b_mask000-1.png", 12, 10, 0, 0, 2, 2);
  put_mask(folder / "mask/in/a_b_mask001-1.png", 12, 10, 0, 0, 2, 2);
  const FixedPairs pairs(
      {.kind = FixedDataConfig::Kind::our_eval, .indir = {folder.path().string()}});
  EXPECT_EQ(names_of(pairs), (Names{"mask/a_b_mask000-1", "mask/in/a_b_mask001-1"}));
  EXPECT_EQ(pairs.read(0, 2).batch.count, 2);
}

TEST(FixedPairs, PaddingMirrorsWithTheEdge) {
  const TemporaryFolder folder;
  put_pair(folder, "a", 6, 5);
  const auto padded =
      FixedPairs({.indir = {folder.path().string()}, .pad_out_to_modulo = 16}).read(0, 1);
  const auto plain = FixedPairs({.indir = {folder.path().string()}}).read(0, 1);
  EXPECT_EQ(padded.batch.width, 16);
  EXPECT_EQ(padded.batch.height, 16);
  EXPECT_EQ(padded.width, 6);
  EXPECT_EQ(padded.height, 5);
  // np.pad(range(6), (0, 10), "symmetric") and np.pad(range(5), (0, 11), "symmetric")
  constexpr std::size_t kColumns[] = {0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0, 0, 1, 2, 3};
  constexpr std::size_t kRows[] = {0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0, 1, 2, 3, 4, 4};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t y = 0; y < 16; ++y) {
      for (std::size_t x = 0; x < 16; ++x) {
        ASSERT_EQ(padded.batch.pictures[(c * 16 + y) * 16 + x],
                  plain.batch.pictures[(c * 5 + kRows[y]) * 6 + kColumns[x]]);
        ASSERT_EQ(padded.batch.masks[y * 16 + x], plain.batch.masks[kRows[y] * 6 + kColumns[x]]);
      }
    }
  }
}

TEST(FixedPairs, ScalesByAreaAndNearest) {
  const TemporaryFolder folder;
  put_pair(folder, "a", 12, 10);
  const auto half = FixedPairs({.indir = {folder.path().string()}, .scale_factor = 0.5}).read(0, 1);
  const auto plain = FixedPairs({.indir = {folder.path().string()}}).read(0, 1);
  EXPECT_EQ(half.width, 6);
  EXPECT_EQ(half.height, 5);
  for (std::size_t y = 0; y < 5; ++y) {
    for (std::size_t x = 0; x < 6; ++x) {
      const float* from = &plain.batch.pictures[2 * y * 12 + 2 * x];
      ASSERT_NEAR(half.batch.pictures[y * 6 + x], (from[0] + from[1] + from[12] + from[13]) / 4,
                  1e-6);
      ASSERT_EQ(half.batch.masks[y * 6 + x], plain.batch.masks[2 * y * 12 + 2 * x]);
    }
  }
}

TEST(FixedPairs, BatchesEndWhereSizesChange) {
  const TemporaryFolder folder;
  put_pair(folder, "a", 12, 10);
  put_pair(folder, "b", 12, 10);
  put_pair(folder, "c", 10, 12);
  // As large as the others once it is padded, but not before.
  put_pair(folder, "d", 11, 10);
  const FixedPairs pairs({.indir = {folder.path().string()}, .pad_out_to_modulo = 8});
  EXPECT_EQ(pairs.read(0, 4).batch.count, 2);
  EXPECT_EQ(pairs.read(2, 4).batch.count, 1);
  EXPECT_EQ(pairs.read(3, 4).width, 11);
}

TEST(FixedPairs, WhatIsMissingIsNamed) {
  const TemporaryFolder folder;
  const auto complaint = [](const FixedDataConfig& config) {
    return error_of([&] { FixedPairs(config).read(0, 9); });
  };
  const FixedDataConfig config{.indir = {folder.path().string()}};
  EXPECT_NE(complaint({.indir = {(folder / "x").string()}}).find("no such folder"),
            std::string::npos);
  EXPECT_NE(complaint(config).find("NAME_mask*.png"), std::string::npos);
  put_mask(folder / "a_mask.png", 12, 10, 0, 0, 2, 2);
  EXPECT_NE(complaint(config).find("a.jpg"), std::string::npos);
  put_noise(folder / "a.png", 12, 11);
  const std::string of_another_size = complaint(config);
  EXPECT_NE(of_another_size.find("a.png is 12 x 11 pixels and "), std::string::npos);
  EXPECT_NE(of_another_size.find("a_mask.png 12 x 10: "), std::string::npos);
}

}  // namespace
}  // namespace lama::internal::training

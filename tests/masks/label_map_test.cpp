#include "masks/label_map.h"

#include "tests/cli/files.h"

namespace lama::internal::masks {
namespace {

using testing::error_of;
using testing::put;
using testing::put_mask;
using testing::TemporaryFolder;
using Labels = std::vector<std::uint32_t>;

std::optional<LabelMap> labels_of(const TemporaryFolder& folder, const std::string& name) {
  return read_labels(codecs::FolderNames(folder.path()), name);
}

TEST(LabelMap, GreyValuesAndColoursAreLabels) {
  const TemporaryFolder folder;
  put(folder / "grey.png", testing::make_png(3, 8, testing::kGrey, {{0, 1, 255}}));
  put(folder / "deep.png", testing::make_png(2, 16, testing::kGrey, {{0, 7, 2, 1}}));
  put(folder / "colour.png", testing::make_png(2, 8, testing::kRgb, {{0, 0, 0, 1, 2, 3}}));
  EXPECT_EQ(labels_of(folder, "grey")->labels, (Labels{0, 1, 255}));
  EXPECT_EQ(labels_of(folder, "deep")->labels, (Labels{7, 513}));
  EXPECT_EQ(labels_of(folder, "colour")->labels, (Labels{0, 1 + 2 * 256 + 3 * 65536}));
  EXPECT_FALSE(labels_of(folder, "other"));
}

TEST(LabelMap, MasksOfObjectsAreNumberedByName) {
  const TemporaryFolder folder;
  testing::fs::create_directories(folder / "sub/photo");
  put_mask(folder / "sub/photo/b.png", 4, 1, 2, 0, 4, 1);
  put_mask(folder / "sub/photo/a.png", 4, 1, 0, 0, 3, 1);
  EXPECT_EQ(labels_of(folder, "sub/photo")->labels, (Labels{1, 1, 2, 2}));
  put_mask(folder / "sub/photo/c.png", 5, 1, 2, 0, 4, 1);
  const std::string error = error_of([&] { labels_of(folder, "sub/photo"); });
  EXPECT_NE(error.find("c.png: 5 x 1 pixels, but"), std::string::npos) << error;
}

TEST(LabelMap, NamesMayDifferInTheirUnicodeForm) {
  const TemporaryFolder folder;
  const std::string decomposed = "e\xcc\x81", composed = "\xc3\xa9";
  testing::fs::create_directories(folder / decomposed / decomposed);
  put_mask(folder / decomposed / decomposed / "a.png", 2, 1, 1, 0, 2, 1);
  EXPECT_EQ(labels_of(folder, composed + "/" + composed)->labels, (Labels{0, 1}));
  put(folder / (decomposed + ".png"), testing::make_png(2, 8, testing::kGrey, {{4, 5}}));
  EXPECT_EQ(labels_of(folder, composed)->labels, (Labels{4, 5}));
  put(folder / (composed + ".png"), testing::make_png(2, 8, testing::kGrey, {{6, 7}}));
  EXPECT_EQ(labels_of(folder, composed)->labels, (Labels{6, 7})) << "its own form first";
  EXPECT_EQ(labels_of(folder, decomposed)->labels, (Labels{4, 5}));
}

TEST(LabelMap, ResizesToTheNearestPixel) {
  const LabelMap map{3, 1, {1, 2, 3}};
  EXPECT_EQ(resize(map, 6, 2).labels, (Labels{1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(resize(map, 1, 1).labels, (Labels{2}));
  EXPECT_EQ(resize(map, 3, 1).labels, map.labels);
}

}  // namespace
}  // namespace lama::internal::masks

#include "codecs/pairs.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

/// A folder with empty files of these names.
class Files {
 public:
  explicit Files(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      fs::create_directories((folder_ / name).parent_path());
      std::ofstream{folder_ / name};
    }
  }
  fs::path operator/(const std::string& name) const { return folder_ / name; }
  const fs::path& path() const { return folder_.path(); }

  /// "picture + mask > result" of each pair.
  std::vector<std::string> text(const Pairing& pairing) const {
    std::vector<std::string> list;
    for (const Pair& pair : pairing.pairs) {
      list.push_back(shorter(pair.picture) + " + " + shorter(pair.mask) + " > " +
                     pair.result.string());
    }
    return list;
  }
  std::vector<std::string> text(const std::vector<LoneMask>& masks) const {
    std::vector<std::string> list;
    for (const LoneMask& mask : masks) list.push_back(shorter(mask.path) + ": " + mask.reason);
    std::sort(list.begin(), list.end());
    return list;
  }
  std::vector<std::string> text(const std::vector<fs::path>& paths) const {
    std::vector<std::string> list;
    for (const fs::path& path : paths) list.push_back(shorter(path));
    std::sort(list.begin(), list.end());
    return list;
  }

 private:
  std::string shorter(const fs::path& path) const {
    return path.lexically_relative(folder_.path()).string();
  }
  TemporaryFolder folder_;
};

using Texts = std::vector<std::string>;

TEST(PairPublished, TakesTheMasksBesideTheirPictures) {
  const Files files({"b.png", "b_mask.png", "a.png", "a_mask001.png", "a_mask000.png",
                     "deep/er/x.jpg", "deep/er/x_mask.png", "a_crop000.png",
                     "a_crop000_mask000.png"});
  const Pairing pairing = pair_published(files.path(), {});
  EXPECT_EQ(files.text(pairing),
            (Texts{"a_crop000.png + a_crop000_mask000.png > a_crop000_mask000.png",
                   "a.png + a_mask000.png > a_mask000.png", "a.png + a_mask001.png > a_mask001.png",
                   "b.png + b_mask.png > b_mask.png",
                   "deep/er/x.jpg + deep/er/x_mask.png > deep/er/x_mask.jpg"}));
  EXPECT_TRUE(pairing.pictures_alone.empty());
  EXPECT_TRUE(pairing.masks_alone.empty());
}

TEST(PairPublished, ReportsFilesWithoutAPartner) {
  const Files files({"a.png", "b_mask.png", "c.png", "c_mask.png", "deep/c_mask.png", "d.jpg",
                     "d.jpeg", "d_mask.png", "e.psd"});
  const Pairing pairing = pair_published(files.path(), {});
  EXPECT_EQ(files.text(pairing), (Texts{"c.png + c_mask.png > c_mask.png"}));
  EXPECT_EQ(files.text(pairing.masks_alone),
            (Texts{"b_mask.png: no picture has the name b",
                   "d_mask.png: more than one picture has the name d",
                   "deep/c_mask.png: no picture has the name deep/c"}));
  EXPECT_EQ(files.text(pairing.pictures_alone), (Texts{"a.png", "d.jpeg", "d.jpg"}));
  EXPECT_EQ(files.text(pairing.left_out), Texts{"e.psd"});
}

TEST(PairPublished, PrefersPngAndGivesEachResultOnce) {
  const Files files({"a.png", "a.jpg", "a_mask.png", "b.png", "b_mask.png", "b_mask.jpg"});
  const Pairing pairing = pair_published(files.path(), {});
  EXPECT_EQ(files.text(pairing),
            (Texts{"a.png + a_mask.png > a_mask.png", "b.png + b_mask.jpg > b_mask.png"}));
  EXPECT_EQ(files.text(pairing.pictures_alone), Texts{"a.jpg"});
  EXPECT_EQ(files.text(pairing.masks_alone),
            Texts{"b_mask.png: more than one mask has the name b_mask"});
}

// The published code cuts the path at its last "_mask", also in a folder's name.
TEST(PairPublished, FoldersMayBeCalledMask) {
  const Files files({"my_mask/a.png", "my_mask/a_mask.png"});
  EXPECT_EQ(files.text(pair_published(files.path(), {})),
            (Texts{"my_mask/a.png + my_mask/a_mask.png > my_mask/a_mask.png"}));
}

TEST(PairPublished, LeavesOutTheResults) {
  const Files files({"a.png", "a_mask.png", "out/a.png", "out/a_mask.png"});
  EXPECT_EQ(pair_published(files.path(), files / "out").pairs.size(), 1U);
  EXPECT_EQ(pair_published(files.path(), files / "other").pairs.size(), 2U);
}

TEST(PairFolders, MatchesNamesWithoutExtension) {
  const Files files({"in/a.jpg", "in/sub/b.png", "in/c.png", "masks/a.png", "masks/sub/b.png",
                     "masks/b.png", "masks/a.jpg", "masks/a_not.png"});
  const Pairing pairing = pair_folders(files / "in", files / "masks", {});
  EXPECT_EQ(files.text(pairing), (Texts{"in/a.jpg + masks/a.png > a.jpg",
                                        "in/sub/b.png + masks/sub/b.png > sub/b.png"}));
  EXPECT_EQ(files.text(pairing.pictures_alone), Texts{"in/c.png"});
  EXPECT_EQ(files.text(pairing.masks_alone),
            (Texts{"masks/a.jpg: more than one mask has the name a",
                   "masks/a_not.png: no picture has the name a_not",
                   "masks/b.png: no picture has the name b"}));
}

TEST(PairFolders, MasksMayLieWithinThePictures) {
  const Files files({"a.jpg", "masks/a.png"});
  const Pairing pairing = pair_folders(files.path(), files / "masks", {});
  EXPECT_EQ(files.text(pairing), Texts{"a.jpg + masks/a.png > a.jpg"});
  EXPECT_TRUE(pairing.pictures_alone.empty());
}

TEST(PairWith, TakesOneMaskForAll) {
  const Files files({"b.png", "sub/a.jpg", "mask.png"});
  EXPECT_EQ(files.text(pair_with(files.path(), files / "mask.png", {})),
            (Texts{"b.png + mask.png > b.png", "sub/a.jpg + mask.png > sub/a.jpg"}));
}

TEST(Pairing, TakesAllEndingsInAnyCase) {
  const Files files({"in/a.JPG", "in/b.jfif", "in/c.jpe", "in/d.Png", "masks/a.PNG", "masks/b.png",
                     "masks/c.png", "masks/d.jpg"});
  EXPECT_EQ(pair_folders(files / "in", files / "masks", {}).pairs.size(), 4U);
}

TEST(Pairing, NamesResultsOfFormatsThatAreOnlyReadAsPng) {
  const Files files({"in/a.BMP", "in/b.gif", "in/b.png", "in/c.jxl", "masks/a.png", "masks/b.png",
                     "masks/c.pbm"});
  EXPECT_EQ(files.text(pair_folders(files / "in", files / "masks", {})),
            (Texts{"in/a.BMP + masks/a.png > a.png", "in/b.gif + masks/b.png > b.gif.png",
                   "in/b.png + masks/b.png > b.png", "in/c.jxl + masks/c.pbm > c.png"}));
  const Files published({"a.ppm", "a_mask.pgm"});
  EXPECT_EQ(published.text(pair_published(published.path(), {})),
            (Texts{"a.ppm + a_mask.pgm > a_mask.png"}));
}

Texts results_of(const std::vector<Pair>& pairs) {
  Texts names;
  for (const Pair& pair : pairs) names.push_back(pair.result.string());
  return names;
}

TEST(Pairing, NamesResultsApart) {
  const Files files({"b.bmp", "b.bmp.png", "b.png"});
  EXPECT_EQ(results_of(pair_with(files.path(), {}, {}).pairs),
            (Texts{"b.bmp.png.png", "b.bmp.png", "b.png"}));
}

TEST(Pairing, NamesAllResultsAsPngAndApart) {
  std::vector<Pair> pairs;
  for (const char* name : {"a.jpg", "a.png", "b.jpg", "b.webp", "c.PNG"}) {
    pairs.push_back({.picture = name, .mask = {}, .result = name});
  }
  name_all_png(pairs);
  EXPECT_EQ(results_of(pairs), (Texts{"a.jpg.png", "a.png", "b.png", "b.webp.png", "c.png"}));
}

// "e" with an acute accent: macOS writes two characters, other systems one.
TEST(PairFolders, NamesMayDifferInTheirUnicodeForm) {
  const std::string decomposed = "Cafe\xcc\x81", one = "Caf\xc3\xa9";
  const Files files({"in/" + decomposed + ".jpg", "masks/" + one + ".png"});
  EXPECT_EQ(files.text(pair_folders(files / "in", files / "masks", {})),
            (Texts{"in/" + decomposed + ".jpg + masks/" + one + ".png > " + decomposed + ".jpg"}));
  const Files both({"in/" + decomposed + ".jpg", "in/" + one + ".jpg", "masks/" + one + ".png",
                    "masks/" + decomposed + ".png"});
  EXPECT_EQ(pair_folders(both / "in", both / "masks", {}).pairs.size(), 2U) << "each its own";
  EXPECT_TRUE(pair_folders(both / "in", both / "masks", {}).masks_alone.empty());
}

}  // namespace
}  // namespace lama::internal::codecs

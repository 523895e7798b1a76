#include "codecs/picture_files.h"

#include <fstream>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

using Paths = std::vector<fs::path>;

// "e" with an acute accent: macOS writes two characters, other systems one.
const std::string kDecomposed = "e\xcc\x81", kComposed = "\xc3\xa9";

void put_empty(const TemporaryFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream{folder / name};
  }
}

TEST(ListPictures, SearchesSubfoldersButNothingHidden) {
  const TemporaryFolder folder;
  put_empty(folder, {"b.JPG", "deep/er/a.png", "text.txt", ".hidden.png", ".git/x.png"});
  const PictureFiles files = list_pictures(folder.path());
  EXPECT_EQ(files.pictures, (Paths{"b.JPG", "deep/er/a.png"}));
  EXPECT_TRUE(files.left_out.empty());
}

TEST(ListPictures, LeavesOutExceptions) {
  const TemporaryFolder folder;
  put_empty(folder, {"a.png", "b.png", "out/a.png", "deep/out/a.png"});
  EXPECT_EQ(list_pictures(folder.path(), {folder / "out", folder / "b.png"}).pictures,
            (Paths{"a.png", "deep/out/a.png"}));
  EXPECT_EQ(list_pictures(folder.path(), {folder / "out/"}).pictures,
            (Paths{"a.png", "b.png", "deep/out/a.png"}));
}

TEST(ListPictures, FollowsLinkedFoldersOnce) {
  const TemporaryFolder folder;
  put_empty(folder, {"in/a.png", "elsewhere/b.png"});
  fs::create_directory_symlink(folder / "in", folder / "in/again");
  fs::create_directory_symlink(folder / "elsewhere", folder / "in/linked");
  fs::create_directory_symlink(folder / "elsewhere", folder / "in/twice");
  fs::create_directory_symlink(folder / "nowhere", folder / "in/broken");
  const Paths found = list_pictures(folder / "in").pictures;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], "a.png");
  EXPECT_EQ(found[1].filename(), "b.png");
}

TEST(ListPictures, ReportsPicturesUnderNamesThatNoFormatHas) {
  const TemporaryFolder folder;
  put_empty(folder, {"a.png", "b.PSD", "text.txt", "empty"});
  std::ofstream(folder / "scan") << "\xff\xd8\xff\xe0 and so on";
  const PictureFiles files = list_pictures(folder.path());
  EXPECT_EQ(files.pictures, Paths{"a.png"});
  EXPECT_EQ(files.left_out, (Paths{folder / "b.PSD", folder / "scan"}));
}

TEST(ListPictures, FailsOnFoldersThatCannotBeRead) {
  const TemporaryFolder folder;
  const std::string message = testing::error_of([&] { list_pictures(folder / "no"); });
  EXPECT_NE(message.find((folder / "no").string()), std::string::npos) << message;
}

/// The picture that `name`.png finds among `files`; empty if there is none.
fs::path found(const Paths& files, const std::string& name) {
  const PictureNames names(files);
  const fs::path* file = names.find(name, ".png");
  return file == nullptr ? fs::path() : *file;
}

TEST(PictureNames, FindAnyExtensionInTheSameFolder) {
  EXPECT_EQ(found({"a.jpg", "b.png"}, "a"), "a.jpg");
  EXPECT_EQ(found({"deep/a.jpg"}, "deep/a"), "deep/a.jpg");
  EXPECT_EQ(found({"deep/a.jpg"}, "a"), "");
  EXPECT_EQ(found({"a.b.jpg"}, "a.b"), "a.b.jpg");
  EXPECT_EQ(found({"a.b.jpg"}, "a"), "");
}

TEST(PictureNames, PreferTheExtensionInAnyCase) {
  EXPECT_EQ(found({"a.jpg", "a.png", "a.webp"}, "a"), "a.png");
  EXPECT_EQ(found({"a.PNG", "a.jpg"}, "a"), "a.PNG");
  EXPECT_EQ(*PictureNames({"a.jpg", "a.png"}).find("a", ".jpg"), "a.jpg");
}

TEST(PictureNames, ChooseNoneOfEquals) {
  for (const Paths& files : {Paths{"a.jpeg", "a.jpg"}, Paths{"a.PNG", "a.png"}}) {
    const PictureNames names(files);
    EXPECT_EQ(names.find("a", ".png"), nullptr) << files.front();
    EXPECT_TRUE(names.has("a"));
    EXPECT_FALSE(names.has("b"));
  }
}

TEST(PictureNames, MayDifferInTheirUnicodeForm) {
  EXPECT_EQ(found({kDecomposed + ".jpg"}, kComposed), kDecomposed + ".jpg");
  EXPECT_EQ(found({kComposed + ".jpg"}, kDecomposed), kComposed + ".jpg");
  const Paths both = {kDecomposed + ".png", kComposed + ".jpg"};
  EXPECT_EQ(found(both, kDecomposed), both[0]);
  EXPECT_EQ(found(both, kComposed), both[1]) << "the form before the extension";
  EXPECT_EQ(found({"\xe9.jpg"}, "\xe9"), "\xe9.jpg") << "not UTF-8";
}

TEST(FolderNames, FindTheFormThatIsThere) {
  const TemporaryFolder folder;
  put_empty(folder, {kDecomposed + "/" + kComposed + ".png"});
  const fs::path there = folder / kDecomposed / (kComposed + ".png");
  const FolderNames names(folder.path());
  EXPECT_EQ(names.find(kComposed + "/" + kDecomposed + ".png"), there);
  EXPECT_EQ(names.find(kDecomposed + "/" + kComposed + ".png"), there);
  EXPECT_EQ(names.find(kComposed + "/a.png"), folder / kDecomposed / "a.png");
  EXPECT_EQ(names.find(kComposed + kComposed), folder / (kComposed + kComposed));
  EXPECT_EQ(FolderNames(folder / "none").find(kComposed), folder / "none" / kComposed);
}

}  // namespace
}  // namespace lama::internal::codecs
